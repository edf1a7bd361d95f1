// Where a zero-width joiner or non-joiner is more than invisible: there it changes what a person sees, and taking it out
// changes the word. Contexts: UAX #31 §2.3.1 (A1 between letters that would join, A2 and B after a virama) and UTS #51
// ED-16 (emoji that are joined), with the variation selectors and tags that emoji need (ED-9a, ED-14c).

// The tables are of DerivedJoiningType.txt (Dual_Joining, Left_Joining; Right_Joining) and of ccc=9, since a regular
// expression can't ask for them.
const JOINS_NEXT =
  '\\u0620\\u0626\\u0628\\u062A-\\u062E\\u0633-\\u063F\\u0641-\\u0647\\u0649\\u064A\\u066E\\u066F\\u0678-\\u0687\\u069A-\\u06BF\\u06C1\\u06C2\\u06CC\\u06CE\\u06D0\\u06D1\\u06FA-\\u06FC\\u06FF\\u0712-\\u0714\\u071A-\\u071D\\u071F-\\u0727\\u0729\\u072B\\u072D\\u072E\\u074E-\\u0758\\u075C-\\u076A\\u076D-\\u0770\\u0772\\u0775-\\u0777\\u077A-\\u077F\\u07CA-\\u07EA\\u0841-\\u0845\\u0848\\u084A-\\u0853\\u0855\\u0860\\u0862-\\u0865\\u0868\\u0886\\u0889-\\u088D\\u08A0-\\u08A9\\u08AF\\u08B0\\u08B3-\\u08B8\\u08BA-\\u08C8\\u1807\\u1820-\\u1878\\u1887-\\u18A8\\u18AA\\uA840-\\uA872\\u{10D00}-\\u{10D21}\\u{10D23}\\u{1E900}-\\u{1E943}';
const JOINS_PREVIOUS_ONLY =
  '\\u0622-\\u0625\\u0627\\u0629\\u062F-\\u0632\\u0648\\u0671-\\u0673\\u0675-\\u0677\\u0688-\\u0699\\u06C0\\u06C3-\\u06CB\\u06CD\\u06CF\\u06D2\\u06D3\\u06D5\\u06EE\\u06EF\\u0710\\u0715-\\u0719\\u071E\\u0728\\u072A\\u072C\\u072F\\u074D\\u0759-\\u075B\\u076B\\u076C\\u0771\\u0773\\u0774\\u0778\\u0779\\u0840\\u0846\\u0847\\u0849\\u0854\\u0856-\\u0858\\u0867\\u0869\\u086A\\u0870-\\u0882\\u088E\\u08AA-\\u08AC\\u08AE\\u08B1\\u08B2\\u08B9\\u{10D22}';
const VIRAMA =
  '[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A\\u0EBA\\u0F84\\u1039\\u103A\\u1714\\u1715\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2\\u1BF3\\u2D7F\\uA806\\uA82C\\uA8C4\\uA953\\uA9C0\\uAAF6\\uABED\\u{11046}\\u{110B9}\\u{11133}\\u{11134}\\u{111C0}\\u{11235}\\u{1134D}\\u{11442}\\u{114C2}\\u{115BF}\\u{1163F}\\u{116B6}]';

/** Marks between a letter and its joiner. More than a few are no spelling, and would make the search slow. */
const MARKS = '\\p{Mn}{0,4}';
const AFTER_VIRAMA = `(?<=\\p{L}${MARKS}${VIRAMA}${MARKS})`;
// An emoji (ED-1) that is no digit, `#` or `*`; and what may stand between it and a joiner (ED-9a, ED-13).
const PICTURE = '\\p{Extended_Pictographic}';
const AFTER_PICTURE = `(?<=${PICTURE}[\\uFE0F\\u{1F3FB}-\\u{1F3FF}]?)`;

const CONTEXTS = [
  // A1, Persian "می‌خواهم": without it the letters join.
  `(?<=[${JOINS_NEXT}]${MARKS})\\u200C(?=${MARKS}[${JOINS_NEXT}${JOINS_PREVIOUS_ONLY}])`,
  // A2: the virama stays visible instead of making a conjunct.
  `${AFTER_VIRAMA}\\u200C(?=${MARKS}\\p{L})`,
  // B: the half form or conjunct, as in Sinhala "ශ්‍රී". A vowel sign can't follow.
  `${AFTER_VIRAMA}\\u200D(?!\\p{M})`,
  // The ra that keeps its form before a virama (The Unicode Standard, Bengali "ya-phalaa", Kannada "repha").
  `(?<=[\\u09B0\\u0C30\\u0CB0])\\u200D(?=${VIRAMA}\\p{L})`,
  // ED-16, a family; ED-9a, a heart that is red; ED-14b, a keycap.
  `${AFTER_PICTURE}\\u200D(?=${PICTURE})`,
  `(?<=${PICTURE})[\\uFE0E\\uFE0F]`,
  '(?<=[0-9#*])\\uFE0F(?=\\u20E3)',
  // ED-14c, as far as they are recommended for interchange: the flags of England, Scotland and Wales.
  ...['gbeng', 'gbsct', 'gbwls'].flatMap((region) => tagContexts(`${region}\u{7F}`)),
];

/** Each tag stands for itself only in its place: behind the black flag and all that comes before it, before all others. */
function tagContexts(letters: string): string[] {
  const tags = Array.from(letters, (letter) => `\\u{${(0xe0000 + letter.charCodeAt(0)).toString(16)}}`);
  return tags.map(
    (tag, place) => `(?<=\\u{1F3F4}${tags.slice(0, place).join('')})${tag}(?=${tags.slice(place + 1).join('')})`,
  );
}

/** One invisible character, or a joiner, selector or tag that can be seen where it stands. */
export const SEEN_IN_CONTEXT = CONTEXTS.join('|');
