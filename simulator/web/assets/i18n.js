// The page's own sentences, Chinese and English. What apps and members write stays as it is.

const words = {
  'zh-CN': {
    title: '企业微信模拟器', skip: '跳到输入框', members: '以谁的身份', apps: '应用', chats: '群聊', enter: '进入应用',
    theme: '切换深浅色', language: 'Switch to English', wire: '报文', back: '返回', conversation: '会话', close: '关闭',
    menu: '应用菜单', more: '更多', message: '消息', send: '发送', newer: '有新消息 ↓', all: '全部会话',
    empty: '还没有消息。试试：', short: '以{name}的身份发消息', whyRefused: '连接被拒绝，应用没有在运行？', whyStatus: 'HTTP 状态 {n}', whyReset: '连接中断',
    placeholder: '以{name}的身份发消息，Enter 发送，Shift+Enter 换行',
    lost: '连接已断开，正在重连…',
    wechat: '在微信里阅读', sending: '发送中…',
    retryTimeout: '{seconds} 秒内没有回复，正在试第 {n} 次（最多 3 次）…', retryFailed: '第 {m} 次失败（{why}），正在试第 {n} 次（最多 3 次）…',
    replied: '已回复', noReply: '已送达，没有立即回复', took: '{ms} 毫秒', tookSeconds: '{s} 秒',
    undelivered: '未送达：{why}', threeTimeouts: '三次都在 {seconds} 秒内没有回复', threeFailures: '试了 {n} 次，最后一次：{why}',
    badReply: '应用回复了，但平台没有显示：{why}', again: '重发', late: '试了 {n} 次才送达',
    passive: '被动回复', active: '主动消息', group: '群消息', cut: '超过长度上限，后面的内容平台不显示',
    recalled: '{app} 撤回了一条消息', look: '查看报文',
    lostPace: '平台没有显示这条消息：一个应用对同一成员每分钟最多 30 条、每小时最多 1000 条，超出的不报错，直接丢弃',
    lostReader: '{name}在微信里阅读，那里不显示 {type} 消息', lostFault: '注入的故障：平台接受了这条消息，但没有显示',
    lostNoReply: '平台不显示对 {detail} 事件的回复',
    callback: '回调', plaintext: '明文', attempts: '各次投递', reply: '回复（解密后）', encrypted: '密文',
    request: '请求', answer: '应答', copied: '已复制', copy: '复制', attempt: '第 {n} 次', copyNo: '副本 {n}', query: '参数',
    running: '进行中', timeout: '超时', noWire: '这里显示回调和接口调用的内容：解密后的 XML、状态、耗时。',
    faultTitle: '注入故障', inject: '注入', clear: '全部撤销', faults: '故障 {n}',
    faultHelp: '例：42001@3（第 3 次调用时令牌过期）、message/send:timeout-after@1（已送达但应答丢失）、callback:duplicate',
    evEnter: '进入应用', evSubscribe: '关注（加入可见范围）', evUnsubscribe: '取消关注', evLocation: '上报位置', evClick: '点击菜单', evPress: '按卡片按钮', evCardMenu: '卡片菜单', card: '卡片', updated: '卡片已更新', evMedia: '发送图片、语音、视频…', evView: '打开链接',
    evPlace: '发送位置', evLink: '分享链接',
    noApp: '还没有应用。', noCallback: '这个应用没有回调地址，收不到消息。', details: '详情', download: '下载', untitled: '文件',
    submit: '提交', choose: '请选择', unread: '{n} 条未读',
    voice: '语音', video: '视频', image: '图片', file: '文件', mini: '小程序通知', groupHint: '应用群聊：成员的发言不会送达应用',
    cardMenu: '卡片菜单', votes: '可多选',
  },
  en: {
    title: 'WeCom simulator', skip: 'Skip to the message box', members: 'Act as', apps: 'Apps', chats: 'Group chats', enter: 'Enter app',
    theme: 'Light or dark', language: '切换到中文', wire: 'Wire', back: 'Back', conversation: 'Conversation', close: 'Close',
    menu: 'App menu', more: 'More', message: 'Message', send: 'Send', newer: 'New messages ↓', all: 'All conversations',
    empty: 'Nothing here yet. Try:', short: 'Write as {name}', whyRefused: 'connection refused: is the app running?', whyStatus: 'HTTP status {n}', whyReset: 'connection broken',
    placeholder: 'Write as {name}; Enter sends, Shift+Enter breaks the line',
    lost: 'Connection lost, reconnecting…',
    wechat: 'reads in WeChat', sending: 'Sending…',
    retryTimeout: 'No answer within {seconds} s, attempt {n} of 3…', retryFailed: 'Attempt {m} failed ({why}), attempt {n} of 3…',
    replied: 'Answered', noReply: 'Delivered, no immediate answer', took: '{ms} ms', tookSeconds: '{s} s',
    undelivered: 'Not delivered: {why}', threeTimeouts: 'three attempts, no answer within {seconds} s', threeFailures: '{n} attempts, the last one: {why}',
    badReply: 'The app answered, but the platform did not show it: {why}', again: 'Send again', late: 'delivered at attempt {n}',
    passive: 'passive', active: 'active', group: 'group', cut: 'Over the limit: the platform shows no more of it',
    recalled: '{app} recalled a message', look: 'Show on the wire',
    lostPace: 'Not shown by the platform: one app may send a member 30 messages a minute and 1,000 an hour; the rest is dropped without an error',
    lostReader: '{name} reads in WeChat, which does not show {type} messages', lostFault: 'Injected fault: the platform accepted this message and did not show it',
    lostNoReply: 'The platform shows no reply to {detail} events',
    callback: 'callback', plaintext: 'Plaintext', attempts: 'Attempts', reply: 'Reply (decrypted)', encrypted: 'Encrypted',
    request: 'Request', answer: 'Answer', copied: 'Copied', copy: 'Copy', attempt: 'Attempt {n}', copyNo: 'copy {n}', query: 'Query',
    running: 'running', timeout: 'timed out', noWire: 'Callbacks and API calls appear here: decrypted XML, status, time.',
    faultTitle: 'Inject faults', inject: 'Inject', clear: 'Take all back', faults: '{n} faults',
    faultHelp: 'As 42001@3 (token expired at the third call), message/send:timeout-after@1 (delivered, but the answer is lost), callback:duplicate',
    evEnter: 'Enter the app', evSubscribe: 'Subscribe (join the scope)', evUnsubscribe: 'Unsubscribe', evLocation: 'Report location', evClick: 'Chose from the menu', evPress: 'Pressed a card button', evCardMenu: 'Card menu', card: 'Card', updated: 'card updated', evMedia: 'Send a picture, voice, video…', evView: 'Opened a link',
    evPlace: 'Send a location', evLink: 'Share a link',
    noApp: 'There is no app yet.', noCallback: 'This app has no callback URL and receives nothing.', details: 'Details', download: 'Download', untitled: 'file',
    submit: 'Submit', choose: 'Choose', unread: '{n} unread',
    voice: 'Voice', video: 'Video', image: 'Picture', file: 'File', mini: 'Mini program notice', groupHint: 'App group chat: what members write does not reach the app',
    cardMenu: 'Card menu', votes: 'several choices',
  },
};

let language = localStorage.getItem('language') || '';

export const setDefault = (tag) => { if (!language) use(tag); };
export const current = () => language || 'zh-CN';

export function use(tag) {
  language = words[tag] ? tag : 'zh-CN';
}

export function toggle() {
  use(current() === 'en' ? 'zh-CN' : 'en');
  localStorage.setItem('language', language);
}

// t gives a sentence; {name} in it is replaced from values.
export function t(key, values = {}) {
  const text = words[current()][key] ?? words['zh-CN'][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

// translate fills everything in the document that names a sentence.
export function translate(root = document) {
  document.documentElement.lang = current();
  document.title = t('title');
  for (const e of root.querySelectorAll('[data-t]')) e.textContent = t(e.dataset.t);
  for (const e of root.querySelectorAll('[data-label]')) {
    e.setAttribute('aria-label', t(e.dataset.label));
    if (e.tagName === 'BUTTON') e.title = t(e.dataset.label);
  }
}
