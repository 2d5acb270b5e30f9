/** The six figures that everybody looks at first, in words: what a tile says, for the wall and for the monitor alike. */
import type { LanguageCode } from '../language/format.ts'
import { formatCount, formatDuration, formatPercent, formatShare } from '../language/format.ts'
import type { Messages } from '../language/zh.ts'
import { waitingLimit } from './alarms.ts'
import { boardSamples } from './board-samples.svelte.ts'
import type { BoardView } from './board-view.svelte.ts'
import type { Target } from './figures.ts'
import type { Level } from './levels.ts'
import type { Point, Sampled } from './series.ts'

export interface HeroTile {
  name: 'waiting' | 'longest' | 'serviceLevel' | 'abandoned' | 'ready' | 'inCall'
  label: string
  /** As it is written; – when there is none. */
  value: string
  unit: string
  level: Level | null
  /** What the level means here. */
  word: string
  note: string
  points: readonly Point[]
  /** The least value that reaches the top of the sparkline. */
  top: number
  /** The target's line in the sparkline. */
  target: number | null
  /** A second figure beside the first. */
  aside: { label: string; short: string; value: string; unit: string; level: Level | null } | null
}

/** 80% / 20 s, in words. */
export function targetInWords(target: Target | null, t: Messages, code: LanguageCode): string {
  if (target === null) return ''
  const share = formatPercent(code, target.ratio)
  return target.ms === null ? t.tile.targetByQueue(share) : t.tile.targetWithin(share, formatCount(code, target.ms / 1000))
}

const bad = (level: Level | null): level is 'warning' | 'critical' => level === 'warning' || level === 'critical'

export function heroTiles(view: BoardView, t: Messages, code: LanguageCode): HeroTile[] {
  const { all, now, limits } = view
  const count = (value: number) => formatCount(code, value)
  const share = (value: number | null) => (value === null ? t.none : formatShare(code, value))
  const unit = (value: number | null) => (value === null ? '' : '%')
  const whole = view.scope.queues === null && view.scope.group === null
  const past = (name: Sampled, value: number) => (whole ? boardSamples.series(name, now, value) : [])
  const plain = { unit: '', level: null, word: '', note: '', target: null, aside: null }

  const waiting = view.level('waiting')
  const waitingOver = waitingLimit(limits, all.signedIn)
  const longest = view.level('longest')
  const serviceLevel = view.level('serviceLevel')
  const abandoned = view.level('abandoned')
  const meaning = { good: t.tile.met, warning: t.tile.nearTarget, critical: t.tile.belowTarget }

  return [
    {
      ...plain, name: 'waiting', label: t.tile.waiting, value: count(all.waiting), level: waiting,
      word: bad(waiting) ? t.tile.aboveLimit(count(waitingOver[waiting] - 1)) : all.waiting === 0 ? t.tile.noneWaiting : t.tile.normal,
      note: view.ringing > 0 ? t.tile.ringingNow(count(view.ringing)) : '',
      points: past('waiting', all.waiting), top: 4,
    },
    {
      ...plain, name: 'longest', label: t.tile.longest, value: formatDuration(view.longestMs), level: longest,
      word: bad(longest) ? t.tile.overTime(formatDuration(limits.longest[longest])) : all.longest ? t.tile.normal : t.tile.noneWaiting,
      note: all.longest?.queueCode ? (view.names.get(all.longest.queueCode) ?? all.longest.queueCode) : '',
      points: past('longest', view.longestMs), top: limits.longest.warning, target: limits.longest.critical,
    },
    {
      ...plain, name: 'serviceLevel', label: t.tile.serviceLevel, value: share(all.serviceLevelToday), unit: unit(all.serviceLevelToday), level: serviceLevel,
      word: serviceLevel ? meaning[serviceLevel] : '',
      note: all.serviceLevelToday === null ? t.tile.noCallsYet : targetInWords(all.target, t, code),
      points: view.serviceLevelPoints, top: 1, target: all.target?.ratio ?? null,
      aside: { label: t.tile.last30, short: t.tile.last30Short, value: share(all.serviceLevelLast30), unit: unit(all.serviceLevelLast30), level: view.level('last30') },
    },
    {
      ...plain, name: 'abandoned', label: t.tile.abandoned, value: share(all.abandonRateToday), unit: unit(all.abandonRateToday), level: abandoned,
      word: bad(abandoned) ? t.tile.aboveLimit(formatPercent(code, limits.abandoned[abandoned])) : abandoned ? t.tile.withinLimit : '',
      note: abandoned === 'good' ? t.tile.limit(formatPercent(code, limits.abandoned.warning)) : '',
      points: view.abandonPoints, top: 0.1, target: limits.abandoned.warning,
    },
    {
      ...plain, name: 'ready', label: t.tile.ready, value: count(all.counts.ready), level: view.level('ready'), word: t.tile.noneReady,
      note: t.tile.online(count(all.signedIn)), points: past('ready', all.counts.ready), top: 4,
    },
    {
      ...plain, name: 'inCall', label: t.tile.inCall, value: count(view.inCall), note: all.occupancy === null ? '' : t.tile.occupancy(formatPercent(code, all.occupancy)),
      points: past('inCall', view.inCall), top: 4,
    },
  ]
}
