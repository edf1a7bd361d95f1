// Simple checks of a rendered page, run inside the browser: no sideways scroll, readable contrast, labelled
// checkboxes, targets big enough to hit, headings in order. Not a replacement for a person with a screen reader.
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
  for (const e of document.body.querySelectorAll('*')) {
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

  const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((h) => Number(h.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) problems.push('needs exactly one h1');
  levels.forEach((level, i) => { if (level > (levels[i - 1] ?? 0) + 1) problems.push('heading h' + level + ' skips a level'); });
  if (document.querySelectorAll('main').length !== 1) problems.push('needs exactly one main');
  return problems;
})()`;
