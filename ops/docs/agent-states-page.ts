/**
 * The page that maps the dimensions of an agent's state to the words of the manuals, generated from the code that maps
 * them.
 */
import {
  callStates,
  everyCombination,
  houseWord,
  houseWords,
  isPossible,
  manualViews,
  statesOfColumn,
  works,
  type AgentDimensions,
  type HouseWord,
  type ManualView,
  type WorkReportColumn,
} from '@ledgerline/core/agent/manual-words.ts'

const manuals = { A: 'service desk', B: 'AI outbound calling', C: 'agent desk' } as const
const columns: readonly [number, WorkReportColumn][] = [
  [3, 'ready'],
  [4, 'not_ready'],
  [5, 'idle'],
  [6, 'in_call'],
  [7, 'previewing'],
]

export function agentStatesPage(made: string): string {
  return [
    '# States of an agent, and the words of the manuals',
    '',
    made,
    '',
    'An agent’s state has independent dimensions; each is folded from its own events and is in ' +
      '[agent_monitor](data-dictionary.md#agent_monitor). The manuals of the three catalogues have words for ' +
      'parts of them. This page says which word each uses for which dimensions: `core/agent/manual-words.ts` ' +
      'decides it, for boards, screens and totals alike.',
    '',
    '| dimension | values |',
    '|---|---|',
    `| work: what the agent is willing to do | ${works.map(code).join(' ')} |`,
    `| call: what the agent’s phone is doing | ${callStates.map(code).join(' ')} |`,
    '| registration of the phone | `registered` or not |',
    '| not responding | too many offers unanswered, until the agent or a supervisor sets a state |',
    '| presence of the desk | `none` (by phone only) `connected` `lost`; no manual has a word for it. While lost, the agent gets no offers; then they are away (`desk_lost`), then signed out |',
    '| long sign-in (长签) | `none` `requested` `active`; a flag beside the rest, without a colour (C-E2) |',
    '| wish | the state the agent wants after the present call; it takes effect then |',
    '| reservation | a call is about to be offered to the agent; no manual shows it |',
    '',
    '## The house’s one word',
    '',
    'What the agent is doing takes precedence over what they are willing to do. Each word, and what the manuals call the same situation:',
    '',
    `| state | ${manualViews.map((view) => `${view.manual} ${view.title.zh}`).join(' | ')} |`,
    `|---|${manualViews.map(() => '---').join('|')}|`,
    ...houseWords.map(
      (state) => `| \`${state}\` | ${manualViews.map((view) => wordsFor(state, view).join(' · ')).join(' | ')} |`,
    ),
    '',
    'Several words in a cell: it depends on the other dimensions; the tables below say on which ones.',
    ...(Object.keys(manuals) as (keyof typeof manuals)[]).flatMap((manual) => [
      '',
      `## Catalogue ${manual}: ${manuals[manual]}`,
      ...manualViews.filter((view) => view.manual === manual).flatMap(oneView),
    ]),
    '',
    '## Time totals',
    '',
    'The work report (A11.3.3-work) adds the time in each state of the house in one column, so that its total (#8) is the time signed in:',
    '',
    '| # | column | states |',
    '|---|---|---|',
    ...columns.map(
      ([number, column]) => `| ${number} | ${labelOf(column)} | ${statesOfColumn(column).map(code).join(' ')} |`,
    ),
    '',
    'B’s time on line (BM-online-total) is the time from sign-in to sign-out. C has no totals of states.',
    '',
  ].join('\n')
}

function oneView(view: ManualView): string[] {
  return [
    '',
    `### ${view.title.zh} (${view.title.en}) · \`${view.place}\``,
    '',
    '| word | | colour | when | source |',
    '|---|---|---|---|---|',
    ...Object.entries(view.words).map(
      ([key, { zh, en, colour, cites, because }]) =>
        `| **${zh}** | ${en} | ${colour?.replace('_', ' ') ?? ''} | ${when(view, key)} | \`${cites}\`${because ? `: ${because}` : ''} |`,
    ),
  ]
}

const dimensionNames = {
  work: 'work',
  callState: 'call',
  registered: 'registered',
  notResponding: 'not responding',
  direction: 'direction',
} as const
const everything = [...everyCombination()].filter(isPossible)

/**
 * The combinations that have a word, described with as few dimensions as distinguish them from all others: each by the
 * values that occur in it.
 */
function when(view: ManualView, key: string): string {
  const theirs = everything.filter((dimensions) => view.wordOf(dimensions) === key)
  const values = (name: keyof AgentDimensions) => new Set(theirs.map((dimensions) => dimensions[name]))
  const told = (names: (keyof AgentDimensions)[]) =>
    everything.filter((dimensions) => names.every((name) => values(name).has(dimensions[name]))).length ===
    theirs.length
  let names = Object.keys(dimensionNames) as (keyof AgentDimensions)[]
  if (!told(names)) {
    const states = new Set(theirs.map(houseWord))
    return everything.filter((dimensions) => states.has(houseWord(dimensions))).length === theirs.length
      ? `state: ${[...states].map(code).join(' ')}`
      : 'otherwise'
  }
  for (const name of names.toReversed()) {
    const fewer = names.filter((other) => other !== name)
    if (told(fewer)) names = fewer
  }
  return names.map((name) => `${dimensionNames[name]}: ${[...values(name)].map(said).join(' ')}`).join('; ')
}

function said(value: string | boolean | null): string {
  if (value === null) return 'none'
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : code(value)
}

function wordsFor(state: HouseWord, view: ManualView): string[] {
  return [
    ...new Set(
      everything
        .filter((dimensions) => houseWord(dimensions) === state)
        .map((dimensions) => view.words[view.wordOf(dimensions)]!.zh),
    ),
  ]
}

function labelOf(column: WorkReportColumn): string {
  const { zh, en } = manualViews.find(({ place }) => place === 'A11.2.4-filters')!.words[column]!
  return `${zh} (${en.toLowerCase()})`
}

function code(text: string): string {
  return `\`${text}\``
}
