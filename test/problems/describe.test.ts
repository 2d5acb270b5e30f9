/** How a problem is presented: one line, both languages, values filled in. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agentProblems } from '@ledgerline/core/agent/problems.ts'
import { callProblems } from '@ledgerline/core/call/problems.ts'
import { Problem } from '@ledgerline/core/kernel/problem.ts'
import { coreProblems, describe, tell } from '@ledgerline/core/problems.ts'

const test = suite('describe a problem')

const conflict = new Problem('log.conflict', { stream: 'call-t.1', actual: 4, expected: 3 })

test('is one line with the values filled in, and what to do', () => {
  assert.is(
    describe(conflict, 'en'),
    'Stream call-t.1 is at revision 4, not at 3. Someone else changed it at the same moment. Look again and repeat.',
  )
})

test('is presented in Chinese', () => {
  assert.is(describe(conflict, 'zh'), '流 call-t.1 当前版本为 4，而不是 3。同一时刻已被他人修改，请刷新后重试。')
})

test('begins with the place that was wrong', () => {
  const problem = new Problem('request.invalid', { path: 'limit', reason: 'must be a number' }, { where: 'query' })
  assert.match(describe(problem, 'en'), /^query: limit: must be a number\./)
})

test('stays one line when a value has several', () => {
  const problem = new Problem('log.unavailable', { reason: 'first\n  second' })
  assert.not.match(describe(problem, 'en'), /\n/)
})

test('a code without an entry is shown itself', () => {
  const told = tell(new Problem('nobody.knows', { value: 7 }), 'en')
  assert.is(told.sentence, 'nobody.knows {"value":7}')
  assert.is(told.status, 500)
})

test('entries of the layers above are passed in', () => {
  const entries = {
    ...coreProblems,
    'file.missing': { status: 404, en: 'No {file}.', zh: '没有 {file}。', cure: { en: 'Look.', zh: '请看。' } },
  }
  assert.is(describe(new Problem('file.missing', { file: 'a.txt' }), 'en', entries), 'No a.txt. Look.')
})

test('why an agent is not available is given in words, in both languages, whatever the shift calls it', () => {
  const source = readFileSync(new URL('../../core/agent/state.ts', import.meta.url), 'utf8')
  const own = [...source.matchAll(/return '(\w+)'/g)].map(([, why]) => why!)
  assert.ok(own.includes('paused') && own.includes('reserved'))
  for (const why of [...own, 'talking', 'wrap_up', 'not_ready', 'away', 'phone_not_registered']) {
    const problem = new Problem('agent.not_available', { agent: '201', why })
    assert.not.ok(/_/.test(describe(problem, 'en')), describe(problem, 'en'))
    assert.not.ok(/[a-z]/.test(describe(problem, 'zh')), describe(problem, 'zh'))
  }
  assert.match(describe(new Problem('request.not_found', { what: 'queue', id: 'x' }), 'zh'), '技能组')
})

test('no refusal of an agent’s or supervisor’s command names an id, a command or a person as “he”', () => {
  const wrong = Object.entries({ ...agentProblems, ...callProblems })
    .filter(([code]) => !code.endsWith('set_aside'))
    .flatMap(([code, { en, zh, cure }]) =>
      [en, cure.en].some((text) => /\{(call|leg)\}|\b(he|his|him|command|take back)\b/i.test(text)) ||
      [zh, cure.zh].some((text) => /\{(call|leg)\}|命令|取回|整理|工作台/.test(text))
        ? [code]
        : [],
    )
  assert.equal(wrong, [])
})

test.run()
