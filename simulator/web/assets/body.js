// What is inside a bubble, by message type.

import { card } from './cards.js';
import { el, html, safeURL } from './dom.js';
import { t } from './i18n.js';

export function body(item) {
  if (item.card) return card(item);
  const b = item.body ?? {};
  const draw = types[item.type];
  return draw ? draw(b, item) : el('div', { class: 'bubble' }, item.text);
}

const mediaURL = (item, id) => `api/media?${new URLSearchParams({ corp: item.corp, id })}`;

const types = {
  text: (b, item) => html('div', { class: 'bubble' }, item.html),
  markdown: (b, item) => html('div', { class: 'bubble md' }, item.html),
  image: (b, item) => el('div', { class: 'bubble bare' },
    el('img', { src: b.base64 ? `data:image/png;base64,${b.base64}` : mediaURL(item, b.media_id), alt: t('image'), loading: 'lazy' })),
  voice: (b, item) => el('div', { class: 'bubble' }, el('audio', { controls: true, src: mediaURL(item, b.media_id), 'aria-label': t('voice') })),
  video: (b, item) => el('div', { class: 'bubble bare' },
    el('video', { controls: true, preload: 'metadata', src: mediaURL(item, b.media_id), 'aria-label': b.title || t('video') }),
    b.title ? el('p', { class: 'caption' }, b.title) : ''),
  file: (b, item) => el('a', { class: 'bubble file', href: mediaURL(item, b.media_id), download: '' },
    el('span', { class: 'file-icon', 'aria-hidden': 'true' }, (item.text.split('.').at(-1) || '').slice(0, 4).toUpperCase()),
    el('span', {}, item.text.replace(/^\[[^\]]*\]\s*/, '') || t('untitled'), el('span', { class: 'dim block' }, t('download')))),
  textcard: (b, item) => el('a', { class: 'bubble panel', ...outward(b.url) },
    el('strong', {}, b.title), html('div', { class: 'tc' }, item.html), el('span', { class: 'foot' }, b.btntxt || t('details'))),
  news: (b) => articles(b.articles ?? []),
  mpnews: (b, item) => articles((b.articles ?? []).map((a) => ({ title: a.title, description: a.digest, picurl: mediaURL(item, a.thumb_media_id), url: a.content_source_url }))),
  miniprogram_notice: (b) => el('div', { class: 'bubble panel' }, el('span', { class: 'dim' }, t('mini')), el('strong', {}, b.title), pairs(b.content_item)),
};

const outward = (url) => ({ href: safeURL(url), target: '_blank', rel: 'noopener noreferrer' });

const pairs = (list) => el('dl', { class: 'pairs' }, ...(list ?? []).flatMap((i) => [el('dt', {}, i.key), el('dd', {}, i.value)]));

// articles shows the first one large and the others as rows, as the client does.
function articles(list) {
  return el('div', { class: 'bubble panel news' }, ...list.map((a, n) => el('a', { class: n ? 'article' : 'article first', ...outward(a.url) },
    a.picurl ? el('img', { src: a.picurl, alt: '', loading: 'lazy', referrerpolicy: 'no-referrer' }) : '',
    el('span', { class: 'article-text' }, el('strong', {}, a.title), !n && a.description ? el('span', { class: 'dim block' }, a.description) : ''))));
}
