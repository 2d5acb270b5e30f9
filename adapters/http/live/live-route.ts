/** The live stream over HTTP. What it says is in `adapters/live`. */
import { z } from 'zod'
import type { LiveFeed } from '../../live/feed.ts'
import { topicNames, type TopicName } from '../../live/topics.ts'
import { addressOf } from '../../connection-limits.ts'
import { maskedColumns, maskRow } from '../../queries/mask.ts'
import { defineRoute, type Route } from '../routing/route.ts'

const about = `Boards as they change, as server-sent events.

- \`hello\` \`{ tenant, zone, now, speed, asked, behind, build, topics }\`
- one \`snapshot\` \`{ topic, rows }\` for each topic, then \`ready\`; a later \`snapshot\` replaces what was known of its topic
- \`delta\` \`{ topic, upserts, removes }\` whenever something has changed: whole rows, and the keys of removed ones
- \`beat\` \`{ now, speed, asked, behind, lagMs, delayed, position }\` every 2 s

\`now\` is the tenant’s clock, which runs \`speed\` times as fast as ours. \`asked\` is the speed that it should have;
\`behind\` says that it cannot keep it up, as in a demo that asks too much of its machine. \`delayed\` says that changes are
read every second at present instead of being pushed at once.

A browser that lost its connection resumes with \`Last-Event-ID\` and gets what it missed; if that is too long ago, it gets
new snapshots. \`calls\` holds unfinished calls (one that ends is removed), \`queue_minute\` the last 60 minutes,
\`queue_day\` today.`

export function liveRoute(feed: LiveFeed, build: () => string): Route {
  const known = feed.topics.map(({ name }) => name)
  return defineRoute({
    method: 'get',
    path: '/api/v1/live',
    permission: 'boards.see',
    group: 'Live',
    about,
    request: {
      query: z.strictObject({
        topics: z
          .string()
          .max(200)
          .transform((text, context) => {
            const names = [...new Set(text.split(',').filter((name) => name !== ''))]
            const unknown = names.find((name) => !(topicNames as readonly string[]).includes(name))
            if (unknown === undefined && names.length > 0) return names as TopicName[]
            context.addIssue({
              code: 'custom',
              message: `topics are ${topicNames.join(', ')}`,
              params: { zh: `可选主题：${topicNames.join('、')}` },
            })
            return z.NEVER
          })
          .optional()
          .meta({ description: `separated by commas; all when left out: ${known.join(', ')}` }),
      }),
    },
    responses: { 200: { about: 'The stream. It does not end by itself.', type: 'text/event-stream' } },
    problems: ['live.too_many', 'live.too_many_of_one'],
    handle({ query, session, request, response }) {
      const masks = new Map(feed.topics.map((topic) => [topic, maskedColumns(topic.model, session)] as const))
      feed.listen(response, {
        tenant: session.tenant,
        address: addressOf(request.socket),
        topics: query.topics ?? known,
        show: (topic, row) => maskRow(row, masks.get(topic)!),
        view: [...masks.values()].map((columns) => columns.length).join(''),
        build: build(),
        last: request.get('last-event-id'),
      })
    },
  })
}
