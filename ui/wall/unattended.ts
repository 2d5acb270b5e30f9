/** What a screen needs that nobody sits at: it stays awake, takes a new version by itself, and does not stay broken. */

/** Keeps the screen from sleeping while this is in sight; returns how to stop. Where the browser cannot, nothing happens. */
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

/** Loads the page anew within a few seconds, not all walls at once; returns how to call it off. */
export function reloadWhenOutdated(): () => void {
  const timer = setTimeout(() => location.reload(), 500 + Math.random() * 3_000)
  return () => clearTimeout(timer)
}

const RELOADED_AT = 'ledgerline.recoveredAt'

/** Loads the page anew 10 s after a defect of its own stopped it, at most once a minute; returns how to call it off. */
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
