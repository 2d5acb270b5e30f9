/** The six figures that everybody looks at first, as the texts of their tiles, for wall and monitor. */
import type { LanguageCode } from '../language/format.ts'
import { formatCount, formatDuration, formatPercent, formatShare } from '../language/format.ts'
import type { Messages } from '../language/zh.ts'
import { waitingLimit, type Limit } from './alarms.ts'
import type { BoardView } from './board-view.svelte.ts'
import type { Target } from './figures.ts'
import { isWorse, SHARE_WARNING, worst, type Level } from './levels.ts'
import type { Point } from './series.ts'
import type { Trend } from './trends.svelte.ts'

export interface HeroTile {
  name: 'waiting' | 'longest' | 'serviceLevel' | 'abandoned' | 'ready' | 'inCall'
  label: string
  /** The formatted value; – if there is none. */
  value: string
  unit: string
  level: Level | null
  /** The level as a word; empty where the tile has no level. */
  word: string
  /** While the level is held after the figure has recovered: the value that broke the limit, as text. */
  was: string
  /** The limit of what is normal, in short. */
  limit: string
  /** The full rule: where watching starts, where the alarm starts, how long each must hold. */
  rule: string
  note: string
  points: readonly Point[]
  /** The least value that reaches the top of the sparkline. */
  top: number
  /** Both limits, as they are ticked in the sparkline. */
  ticks: readonly { level: 'warning' | 'critical'; value: number }[]
  /** The first figures have not arrived yet, so the tile is empty. */
  pending: boolean
  /** A second figure beside the first. */
  aside: { label: string; short: string; value: string; unit: string; level: Level | null } | null
}

/** 80% / 20 s, in words. */
export function targetInWords(target: Target | null, t: Messages, code: LanguageCode): string {
  if (target === null) return ''
  const share = formatPercent(code, target.ratio)
  return target.ms === null
    ? t.tile.targetByQueue(share)
    : t.tile.targetWithin(share, formatCount(code, target.ms / 1000))
}

export function heroTiles(view: BoardView, t: Messages, code: LanguageCode): HeroTile[] {
  const { all, now, limits } = view
  const count = (value: number) => formatCount(code, value)
  const share = (value: number | null) => (value === null ? t.none : formatShare(code, value))
  const percent = (value: number) => formatPercent(code, value, 1)
  const duration = (ms: number) => formatDuration(ms, code)
  const unit = (value: number | null) => (value === null ? '' : '%')
  const past = (name: Trend, value: number) => view.trends.series(name, now, value)
  const plain = {
    unit: '',
    level: null,
    word: '',
    was: '',
    limit: '',
    rule: '',
    note: '',
    ticks: [],
    aside: null,
    pending: false,
  }
  // The word follows the level on screen, which is held for a while; beside it is the value that broke the limit.
  const inAWord = (level: Level | null, good: string) =>
    level === null ? '' : level === 'good' ? good : t.level[level]
  const was = (name: 'waiting' | 'longest' | 'serviceLevel' | 'abandoned', written: (value: number) => string) => {
    const broke = view.broke(name)
    return broke === null ? '' : t.tile.was(written(broke))
  }
  const ticks = ({ warning, critical }: Limit): HeroTile['ticks'] => [
    { level: 'warning', value: warning },
    { level: 'critical', value: critical },
  ]
  const atMost = ({ warning, critical }: Limit, written: (value: number) => string) => ({
    limit: t.tile.below(written(warning)),
    rule: t.tile.ruleBelow(written(warning), written(critical)),
  })

  const waiting = view.level('waiting')
  const longest = view.level('longest')
  const day = view.level('serviceLevel')
  const halfHour = view.level('last30')
  const abandoned = view.level('abandoned')
  const waitingLimits = waitingLimit(limits, all.signedIn)
  const target = all.target?.ratio ?? null

  const tiles: HeroTile[] = [
    {
      ...plain,
      name: 'waiting',
      label: t.tile.waiting,
      value: count(all.waiting),
      level: waiting,
      word: inAWord(waiting, all.waiting === 0 ? t.waitingCallers.empty : t.level.good),
      was: was('waiting', count),
      ...atMost(waitingLimits, count),
      ticks: ticks(waitingLimits),
      note: view.ringing > 0 ? t.tile.ringingNow(count(view.ringing)) : '',
      points: past('waiting', all.waiting),
      top: 4,
    },
    {
      ...plain,
      name: 'longest',
      label: t.tile.longest,
      value: duration(view.longestMs),
      level: longest,
      word: inAWord(longest, all.longest ? t.level.good : t.waitingCallers.empty),
      was: was('longest', duration),
      ...atMost(limits.longest, duration),
      ticks: ticks(limits.longest),
      note: all.longest?.queueCode ? (view.names.get(all.longest.queueCode) ?? all.longest.queueCode) : '',
      points: past('longest', view.longestMs),
      top: limits.longest.warning,
    },
    {
      ...plain,
      name: 'serviceLevel',
      label: t.tile.serviceLevel,
      value: share(all.serviceLevelToday),
      unit: unit(all.serviceLevelToday),
      // A day on target with a failing half hour is not fine: the tile takes the worse of the two and says which.
      level: worst([day, halfHour]),
      word: isWorse(halfHour, day) ? t.tile.halfHourBelow : inAWord(day, t.tile.met),
      was: was('serviceLevel', percent),
      limit: targetInWords(all.target, t, code),
      rule:
        target === null
          ? ''
          : t.tile.ruleAbove(formatPercent(code, target), formatPercent(code, Math.max(0, target - SHARE_WARNING))),
      ticks: target === null ? [] : ticks({ warning: target, critical: Math.max(0, target - SHARE_WARNING) }),
      note: all.serviceLevelToday === null ? t.tile.noCallsYet : '',
      points: view.serviceLevelPoints,
      top: 1,
      aside: {
        label: t.tile.last30,
        short: t.tile.last30Short,
        value: share(all.serviceLevelLast30),
        unit: unit(all.serviceLevelLast30),
        level: halfHour,
      },
    },
    {
      ...plain,
      name: 'abandoned',
      label: t.tile.abandoned,
      value: share(all.abandonRateToday),
      unit: unit(all.abandonRateToday),
      level: abandoned,
      word: inAWord(abandoned, t.level.good),
      was: was('abandoned', percent),
      ...atMost(limits.abandoned, (value) => formatPercent(code, value)),
      ticks: ticks(limits.abandoned),
      points: view.abandonPoints,
      top: 0.1,
    },
    {
      ...plain,
      name: 'ready',
      label: t.tile.ready,
      value: count(all.counts.ready),
      level: view.level('ready'),
      word: t.tile.noneReady,
      rule: t.tile.ruleReady,
      note: t.tile.online(count(all.signedIn)),
      points: past('ready', all.counts.ready),
      top: 4,
    },
    {
      ...plain,
      name: 'inCall',
      label: t.tile.inCall,
      value: count(view.inCall),
      note: all.occupancy === null ? '' : t.tile.occupancy(formatPercent(code, all.occupancy)),
      points: past('inCall', view.inCall),
      top: 4,
    },
  ]
  return view.ready ? tiles : tiles.map(pending)
}

/** The tile before anything is known: its place and name, and nothing that looks like a figure. */
function pending(tile: HeroTile): HeroTile {
  return {
    ...tile,
    value: '',
    unit: '',
    level: null,
    word: '',
    was: '',
    limit: '',
    note: '',
    points: [],
    ticks: [],
    pending: true,
    aside: tile.aside && { ...tile.aside, value: '', unit: '', level: null },
  }
}
