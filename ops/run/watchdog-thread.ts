/** The thread that watches the main one: see `watchdog.ts`. */
import { appendFileSync, readFileSync, writeSync } from 'node:fs'
import { Session, type Debugger } from 'node:inspector'
import { workerData } from 'node:worker_threads'
import { BEATS, DEBUGGED, type Watched } from './watchdog.ts'
import { shortPlace } from './last-words.ts'

const LOOK_MS = 250
/** A later look was late because the whole process was stopped, or the machine had no time for it. */
const LATE_MS = 2 * LOOK_MS
/** A thread that is busy in native code cannot be asked where in our code it is: this is how long to wait for it. */
const ASKING_MS = 2_000
const FRAMES = 12

const { shared, pid, limitMs, journal } = workerData as Watched
const signs = new Int32Array(shared)

let beats = -1
let stoodMs = 0
let lookedAt = performance.now()
let ran = ranMs()

setInterval(() => {
  const now = performance.now()
  const lasted = Math.min(now - lookedAt, LATE_MS)
  lookedAt = now
  const ranNow = ranMs()
  const worked = ranNow - ran
  ran = ranNow
  const beatsNow = Atomics.load(signs, BEATS)
  if (beatsNow !== beats || Atomics.load(signs, DEBUGGED) === 1 || isTraced()) stoodMs = 0
  // A thread that wants to run has stood only as long as it was given a processor; one that waits in a call, for all of
  // the time.
  else stoodMs += wantsToRun() ? Math.min(worked, lasted) : lasted
  beats = beatsNow
  if (stoodMs >= limitMs) void end()
}, LOOK_MS)

/** How long the main thread has had a processor in its life, ms. */
function ranMs(): number {
  return Number(read(`/proc/self/task/${pid}/schedstat`)?.split(' ')[0] ?? 0) / 1e6
}

/** Is it running, or queued for a processor? False if the system does not say: all time counts then. */
function wantsToRun(): boolean {
  const stat = read(`/proc/self/task/${pid}/stat`)
  return stat !== null && stat.slice(stat.lastIndexOf(')') + 2).startsWith('R')
}

/** Is another program (gdb, strace) attached to it? */
function isTraced(): boolean {
  return /^TracerPid:\s+[1-9]/m.test(read('/proc/self/status') ?? '')
}

let ending = false
async function end(): Promise<void> {
  if (ending) return
  ending = true
  const stood = Atomics.load(signs, BEATS)
  const session = new Session()
  const where = await stackOfMain(session)
  // It moved after all, before it could be asked.
  if (Atomics.load(signs, BEATS) !== stood) {
    session.disconnect()
    ending = false
    stoodMs = 0
    return
  }
  const places = where ?? [`native code, ${read(`/proc/self/task/${pid}/wchan`) || 'busy'}`]
  const ours = places.find((place) => !/\(node:|native code/.test(place)) ?? places[0]
  const said = `The event loop stood still for ${Math.round(stoodMs / 1000)} s at ${ours}: the process ends, so that another takes over.`
  const entry = {
    level: 60,
    time: new Date().toISOString(),
    stoodMs: Math.round(stoodMs),
    where: places,
    msg: 'the event loop stood still: the process ends',
  }
  for (const tell of [
    () => writeSync(2, `${said}\n`),
    () => appendFileSync(journal, `${JSON.stringify(entry)}\n`, { mode: 0o600 }),
  ]) {
    try {
      tell()
    } catch {
      // Reported or not, it ends.
    }
  }
  // What another process would do to it: the database lives on, and is adopted as it is.
  process.kill(pid, 'SIGKILL')
}

/** Where the main thread is, innermost first; null if it never reaches a place where it can be asked. */
function stackOfMain(session: Session): Promise<string[] | null> {
  const { promise, resolve } = Promise.withResolvers<string[] | null>()
  setTimeout(resolve, ASKING_MS, null)
  try {
    session.connectToMainThread()
    const scripts = new Map<string, string>()
    session.on('Debugger.scriptParsed', ({ params }) => void scripts.set(params.scriptId, params.url))
    session.on('Debugger.paused', ({ params }) =>
      resolve(params.callFrames.slice(0, FRAMES).map((frame) => placeOf(frame, scripts))),
    )
    session.post('Debugger.enable')
    session.post('Debugger.pause')
  } catch {
    resolve(null)
  }
  return promise
}

function placeOf({ functionName, location, url }: Debugger.CallFrame, scripts: ReadonlyMap<string, string>): string {
  const file = shortPlace(url || scripts.get(location.scriptId) || 'native code')
  return `${functionName || '(anonymous)'} (${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1})`
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
