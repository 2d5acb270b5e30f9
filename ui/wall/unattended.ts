/** For screens that nobody sits at: they stay awake, reload for a new version, and recover from failures. */

/** Keeps the screen awake while the page is visible; returns a function that stops it. Does nothing if the browser cannot. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null
  let stopped = false
  const ask = async () => {
    if (stopped || document.hidden || !('wakeLock' in navigator)) return
    try {
      lock = await navigator.wakeLock.request('screen')
      if (stopped) await lock.release()
    } catch {
      // Refused (battery, permission): the wall works, its screen may sleep.
    }
  }
  const again = (): void => void ask()
  again()
  document.addEventListener('visibilitychange', again)
  return () => {
    stopped = true
    document.removeEventListener('visibilitychange', again)
    void lock?.release().catch(() => {})
  }
}

/** Reloads the page within a few seconds, not all walls at once; returns a function that cancels it. */
export function reloadWhenOutdated(): () => void {
  const timer = setTimeout(() => location.reload(), 500 + Math.random() * 3_000)
  return () => clearTimeout(timer)
}

const RELOADED_AT = 'ledgerline.recoveredAt'

/** Reloads the page 10 s after a failure stopped it, at most once a minute; returns a function that cancels it. */
export function recoverFromDefects(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const recover = () => {
    const last = Number(sessionStorage.getItem(RELOADED_AT))
    const wait = Math.max(10_000, 60_000 - (Date.now() - last))
    timer ??= setTimeout(() => {
      sessionStorage.setItem(RELOADED_AT, String(Date.now()))
      location.reload()
    }, wait)
  }
  addEventListener('error', recover)
  addEventListener('unhandledrejection', recover)
  return () => {
    clearTimeout(timer)
    removeEventListener('error', recover)
    removeEventListener('unhandledrejection', recover)
  }
}
