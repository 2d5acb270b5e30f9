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
  /** The level in a word; none where the tile has no level. */
  word: string
  /** What the figure is held against, in words. */
  limit: string
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

export function heroTiles(view: BoardView, t: Messages, code: LanguageCode): HeroTile[] {
  const { all, now, limits } = view
  const count = (value: number) => formatCount(code, value)
  const share = (value: number | null) => (value === null ? t.none : formatShare(code, value))
  const unit = (value: number | null) => (value === null ? '' : '%')
  // Nobody watched a moment of the past: its half hours of figures of the moment are not known.
  const whole = view.live && view.scope.queues === null && view.scope.group === null
  const past = (name: Sampled, value: number) => (whole ? boardSamples.series(name, now, value) : [])
  const plain = { unit: '', level: null, word: '', limit: '', note: '', target: null, aside: null }
  // The word follows the level that is shown, which holds a while: it must not say "above 5 %" beside a figure that is below again.
  const inAWord = (level: Level | null, good: string) => (level === null ? '' : level === 'good' ? good : t.level[level])

  const waiting = view.level('waiting')
  const longest = view.level('longest')
  const serviceLevel = view.level('serviceLevel')
  const abandoned = view.level('abandoned')

  return [
    {
      ...plain, name: 'waiting', label: t.tile.waiting, value: count(all.waiting), level: waiting,
      word: inAWord(waiting, all.waiting === 0 ? t.tile.noneWaiting : t.level.good),
      limit: t.tile.limit(count(waitingLimit(limits, all.signedIn).warning - 1)),
      note: view.ringing > 0 ? t.tile.ringingNow(count(view.ringing)) : '',
      points: past('waiting', all.waiting), top: 4,
    },
    {
      ...plain, name: 'longest', label: t.tile.longest, value: formatDuration(view.longestMs, code), level: longest,
      word: inAWord(longest, all.longest ? t.level.good : t.tile.noneWaiting),
      limit: t.tile.limit(formatDuration(limits.longest.critical, code)),
      note: all.longest?.queueCode ? (view.names.get(all.longest.queueCode) ?? all.longest.queueCode) : '',
      points: past('longest', view.longestMs), top: limits.longest.warning, target: limits.longest.critical,
    },
    {
      ...plain, name: 'serviceLevel', label: t.tile.serviceLevel, value: share(all.serviceLevelToday), unit: unit(all.serviceLevelToday), level: serviceLevel,
      word: inAWord(serviceLevel, t.tile.met),
      limit: targetInWords(all.target, t, code),
      note: all.serviceLevelToday === null ? t.tile.noCallsYet : '',
      points: view.serviceLevelPoints, top: 1, target: all.target?.ratio ?? null,
      aside: { label: t.tile.last30, short: t.tile.last30Short, value: share(all.serviceLevelLast30), unit: unit(all.serviceLevelLast30), level: view.level('last30') },
    },
    {
      ...plain, name: 'abandoned', label: t.tile.abandoned, value: share(all.abandonRateToday), unit: unit(all.abandonRateToday), level: abandoned,
      word: inAWord(abandoned, t.level.good),
      limit: t.tile.limit(formatPercent(code, limits.abandoned.warning)),
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
