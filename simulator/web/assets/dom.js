// Small helpers to build elements. Text is always text; only html() takes markup, and the server made it safe.

import { current } from './i18n.js';

export const $ = (id) => document.getElementById(id);

// el('button', {class: 'chip', onclick: f}, 'words', child…)
export function el(tag, props = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props)) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v);
    else if (k in e && k !== 'list' && typeof v !== 'string') e[k] = v;
    else e.setAttribute(k, v === true ? '' : v);
  }
  e.append(...children.filter((c) => c !== undefined && c !== null && c !== ''));
  return e;
}

export function html(tag, props, markup) {
  const e = el(tag, props);
  e.innerHTML = markup; // escaped and allow-listed by the server
  return e;
}

// avatar shows the last characters of a name on a colour of its own.
export function avatar(name, seed) {
  let sum = 0;
  for (const c of String(seed)) sum = (sum * 31 + c.codePointAt(0)) % 997;
  const letters = /^[\x00-\x7f]+$/.test(name) ? name.slice(0, 2).toUpperCase() : [...name].slice(-2).join('');
  return el('span', { class: `avatar c${sum % 8}`, 'aria-hidden': 'true' }, letters);
}

export const clock = (time) => new Date(time).toLocaleTimeString(current(), { hour: '2-digit', minute: '2-digit' });

export function moment(time) {
  const d = new Date(time);
  const today = new Date().toDateString() === d.toDateString();
  return today ? clock(time) : d.toLocaleString(current(), { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' });
}

// safeURL keeps links to the web and drops everything else.
export const safeURL = (u) => (/^https?:\/\//i.test(u || '') ? u : undefined);
