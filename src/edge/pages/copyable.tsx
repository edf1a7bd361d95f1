// Text to copy: a connector address, a command, a part of a configuration file. Lines break where an address or a
// command may be broken, never inside a word. The copied text is the original.
import type { Markup } from './markup';

/** Hidden until the script (copy-script.ts) shows it. A page has many of them, so its name says what it copies. */
export function CopyButton({
  of,
  what,
  primary = false,
}: {
  /** The id of the element whose text is copied. */
  readonly of: string;
  /** "connector address", "command for Codex". */
  readonly what: string;
  readonly primary?: boolean;
}): Markup {
  return (
    <button class={primary ? 'button primary' : 'button'} type="button" data-copies={of} hidden>
      <span>Copy</span>
      <span class="unseen"> {what}</span>
    </button>
  );
}

/** Text to paste into a terminal or a file, under a line that says into which. */
export function Snippet({
  id,
  where,
  what,
  children,
}: {
  readonly id: string;
  /** "In a terminal". */
  readonly where: string;
  readonly what: string;
  readonly children: string;
}): Markup {
  return (
    <div>
      <div class="snippet-head">
        <span>{where}</span> <CopyButton of={id} what={what} />
      </div>
      <pre class="snippet" id={id}>
        <Breakable>{children}</Breakable>
      </pre>
    </div>
  );
}

/** Lets a browser break a long URL, but no option such as `--transport`. */
export function Breakable({ children }: { readonly children: string }): Markup {
  return (
    <>
      {children.split(/(\s+)/).map((word) => {
        if (word.includes('://')) return <BreakableUrl url={word} />;
        return word.startsWith('-') ? <span class="whole">{word}</span> : word;
      })}
    </>
  );
}

/** Breaks behind a slash if possible, else behind a dot or a dash. */
function BreakableUrl({ url }: { readonly url: string }): Markup {
  const parts = url.match(/(?:[^/]*:\/\/)?[^/]*\/?/g) ?? [url];
  return (
    <>
      {parts.filter(Boolean).map((part) => (
        <span class="part">
          {part.split(/(?<=[.:?&=_-])(?!\/\/)/).map((piece, at) => (
            <>
              {at > 0 && <wbr />}
              {piece}
            </>
          ))}
        </span>
      ))}
    </>
  );
}
