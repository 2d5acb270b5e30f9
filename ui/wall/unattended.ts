/** What a screen needs that nobody sits at: it stays awake, and takes a new version by itself. */

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
  void ask()
  document.addEventListener('visibilitychange', ask)
  return () => {
    stopped = true
    document.removeEventListener('visibilitychange', ask)
    void lock?.release().catch(() => {})
  }
}

/** Loads the page anew within a few seconds, not all walls at once; returns how to call it off. */
export function reloadWhenOutdated(): () => void {
  const timer = setTimeout(() => location.reload(), 500 + Math.random() * 3_000)
  return () => clearTimeout(timer)
}
