/** Everything about users and sessions; without log-ins only who is asking. */
import type { AnsweredOnce } from '@ledgerline/core/kernel/answered-once.ts'
import type { Access } from '../../access/access.ts'
import type { Route } from '../routing/route.ts'
import { roleRoutes } from './role-routes.ts'
import { sessionRoutes, whoAmIRoute } from './session-routes.ts'
import { userRoutes } from './user-routes.ts'

export function accessRoutes(access: Access | null, once: AnsweredOnce): Route[] {
  if (!access) return [whoAmIRoute(null)]
  const dependencies = { access, once }
  return [...sessionRoutes(access), ...userRoutes(dependencies), ...roleRoutes(dependencies)]
}
