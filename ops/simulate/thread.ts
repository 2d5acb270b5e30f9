/** A thread that simulates one stretch of time, for `simulate.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Told } from './simulate.ts'
import { simulateStretch, type Stretch } from './stretch.ts'

const tell = (told: Told): void => parentPort!.postMessage(told)
tell({ simulated: await simulateStretch(workerData as Stretch, (done) => tell({ done })) })
