/**
 * Whether this tab is the only one with its identity. A duplicated tab starts with a copy of the other's session storage, and so
 * with its identity; a reload keeps its own. The tab that holds the lock of an identity owns it and answers when asked: the lock
 * frees itself when the tab is gone, the answer comes at once. Without locks (on an insecure origin), no answer means ours.
 */

/** `ours`: nobody else has it. `copied`: another tab owns it and keeps it. Reported once; until then it is unknown. */
export type Holding = 'ours' | 'copied'

interface Word {
  id: string
  says: 'whose' | 'mine'
}

const NAME = 'ledgerline.desk'
/** Without locks: an open tab has answered by then. */
const SILENCE_MS = 500

/** Holds an identity until the returned function is called, or the tab is gone. */
export function holdAlone(id: string, tell: (holding: Holding) => void): () => void {
  const channel = new BroadcastChannel(NAME)
  const over = new AbortController()
  let held = false
  const say = (says: Word['says']) => channel.postMessage({ id, says } satisfies Word)
  const letGo = (): void => {
    if (over.signal.aborted) return
    over.abort()
    channel.close()
  }
  const take = (): void => {
    held = true
    // Also sent unasked: two tabs restored together may both have asked before either had it.
    say('mine')
    tell('ours')
  }
  channel.onmessage = ({ data }: MessageEvent<Word>) => {
    if (data.id !== id) return
    if (data.says === 'whose') return void (held && say('mine'))
    if (held) return
    letGo()
    tell('copied')
  }
  say('whose')
  if (navigator.locks as LockManager | undefined) {
    const until = new Promise<void>((done) => over.signal.addEventListener('abort', () => done()))
    navigator.locks
      .request(`${NAME} ${id}`, { signal: over.signal }, () => (take(), until))
      .catch((error: unknown) => {
        // Released before it was ours.
        if (!over.signal.aborted) throw error
      })
  } else {
    const silence = setTimeout(take, SILENCE_MS)
    over.signal.addEventListener('abort', () => clearTimeout(silence))
  }
  return letGo
}
