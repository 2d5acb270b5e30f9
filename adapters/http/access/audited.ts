/** Reading the audit trail is in the audit trail: once a minute for each reader, or reading it would fill it. */
import type { Access } from '../../access/access.ts'
import type { Route } from '../routing/route.ts'
import { placeOf } from './session-routes.ts'

export function audited(routes: readonly Route[], access: Access | null): Route[] {
  return routes.map((route) =>
    route.permission !== 'audit.see' || !access
      ? route
      : {
          ...route,
          async handle(asked) {
            const { source } = placeOf(asked.request)
            // Without an entry there is no reading.
            await access.trail.auditRead({ userId: asked.session.user?.userId ?? null, source })
            return route.handle(asked)
          },
        },
  )
}
