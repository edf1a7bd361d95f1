// Simple checks of a rendered page, run inside the browser: no sideways scroll, no URL broken in mid-word, readable
// contrast, labelled checkboxes, targets big enough to hit, headings in order. Not a replacement for a person with a screen reader.
import type { Page } from 'playwright-core';

/** What is wrong with the page, in words; empty when all is well. */
export function audit(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(script);
}

// A string, because the type checker knows no DOM here.
const script = `(() => {
  const problems = [];
  const visible = (e) => e.getClientRects().length > 0;
  const name = (e) => e.tagName.toLowerCase() + '.' + e.className + ' "' + e.textContent.trim().slice(0, 40) + '"';

  // Sideways scroll, and anything that sticks out or is cut off.
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) problems.push('scrolls sideways: ' + document.documentElement.scrollWidth);
  for (const e of document.body.querySelectorAll('*:not(.unseen)')) {
    if (!visible(e)) continue;
    const { left, right } = e.getBoundingClientRect();
    if (left < -0.5 || right > width + 0.5) problems.push('sticks out: ' + name(e));
    if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && e.namespaceURI.endsWith('xhtml')) problems.push('overflows: ' + name(e));
  }

  // WCAG 1.4.3: text against the nearest painted background.
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === '' || !visible(e)) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(background(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) problems.push('contrast ' + ratio.toFixed(2) + ': ' + name(e));
  }

  // WCAG 1.3.1, 4.1.2 and 2.5.8.
  for (const box of document.querySelectorAll('input[type=checkbox]')) {
    if (![...box.labels].some((label) => label.textContent.trim() !== '')) problems.push('no label: ' + box.value);
    else if (box.labels[0].getBoundingClientRect().height < 40) problems.push('small target: ' + box.value);
  }
  for (const e of document.querySelectorAll('button, a')) {
    if (e.textContent.trim() === '') problems.push('no name: ' + e.outerHTML);
    if (e.getBoundingClientRect().height < 40) problems.push('small target: ' + name(e));
  }

  // A line may end behind a separator of a URL or a command, and inside a word only if the word is longer than a line.
  for (const e of document.querySelectorAll('code, pre')) {
    if (!visible(e)) continue;
    const characters = [];
    const nodes = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
      for (let at = 0; at < nodes.currentNode.length; at += 1) {
        const range = document.createRange();
        range.setStart(nodes.currentNode, at);
        range.setEnd(nodes.currentNode, at + 1);
        characters.push([nodes.currentNode.data[at], range.getClientRects()[0]]);
      }
    }
    const style = getComputedStyle(e);
    const room = e.closest('p, pre, .paste, .tile-card').clientWidth - 2 * parseFloat(style.paddingLeft);
    const text = characters.map(([character]) => character).join('');
    characters.forEach(([character, rect], at) => {
      const [next, nextRect] = characters[at + 1] ?? [];
      if (!rect || !nextRect || nextRect.top <= rect.bottom - 1 || /[^\\w]/.test(character) || /\\W/.test(next)) return;
      const word = (/\\w+$/.exec(text.slice(0, at + 1))?.[0] ?? '') + (/^\\w+/.exec(text.slice(at + 1))?.[0] ?? '');
      if (word.length * rect.width < room) problems.push('broken in mid-word: ' + word + ' in ' + text.slice(0, 80));
    });
  }

  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => Number(h.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) problems.push('needs exactly one h1');
  levels.forEach((level, i) => { if (level > (levels[i - 1] ?? 0) + 1) problems.push('heading h' + level + ' skips a level'); });
  if (document.querySelectorAll('main').length !== 1) problems.push('needs exactly one main');
  return problems;
})()`;
