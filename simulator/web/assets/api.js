// Talking to the server: JSON calls, and the stream of changes.

export async function call(path, body, method = body ? 'POST' : 'GET') {
  const res = await fetch(path, {
    method,
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  });
  const answer = await res.json().catch(() => ({}));
  if (!res.ok) throw new Error(answer.error || `HTTP ${res.status}`);
  return answer;
}

export async function upload(path, form) {
  const res = await fetch(path, { method: 'POST', body: form });
  const answer = await res.json().catch(() => ({}));
  if (!res.ok) throw new Error(answer.error || `HTTP ${res.status}`);
  return answer;
}

// listen calls onChange for everything after event number `after`. The browser reconnects by itself and asks for what
// it missed; when it gives up, we start again.
export function listen(after, onChange, onLink) {
  let last = after;
  const open = () => {
    const source = new EventSource(`api/events?after=${last}`);
    source.onopen = () => onLink(true);
    source.onmessage = (e) => {
      last = e.lastEventId || last;
      const change = JSON.parse(e.data);
      if (change) onChange(change);
    };
    source.onerror = () => {
      onLink(false);
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, 1500);
    };
  };
  open();
}
