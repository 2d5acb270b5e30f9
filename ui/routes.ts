/**
 * The pages and their addresses. Each is loaded on the first visit; the wall is outside the frame with the menu and so
 * loads none of it.
 */
import { createRouter } from 'sv-router'

/** What somebody may not see is not even loaded. */
async function permitted({ pathname }: { pathname: string }): Promise<void> {
  const { mayOpen } = await import('./access/own-session.svelte.ts')
  if (!(await mayOpen(pathname))) throw navigate('/not-permitted', { replace: true })
}

const registers = () => import('./registers/Registers.svelte')
const voice = () => import('./voice/Voice.svelte')

export const { navigate, route } = createRouter({
  '/wall': () => import('./wall/Wall.svelte'),
  '/log-in': () => import('./access/LogIn.svelte'),
  '/': {
    hooks: { beforeLoad: permitted },
    layout: () => import('./shell/Frame.svelte'),
    '/desk': () => import('./desk/Desk.svelte'),
    '/monitor': () => import('./monitor/Monitor.svelte'),
    '/calls': () => import('./calls/CallList.svelte'),
    '/calls/:id': () => import('./calls/CallDetail.svelte'),
    '/recordings': () => import('./recordings/Recordings.svelte'),
    '/missed': () => import('./missed/Missed.svelte'),
    '/messages': () => import('./voicemail/Messages.svelte'),
    '/extensions': () => import('./network/Phones.svelte'),
    '/gateways': () => import('./network/Gateways.svelte'),
    '/voice': voice,
    '/voice/:section': voice,
    '/registers': registers,
    '/registers/:table': registers,
    '/reports': () => import('./reports/ReportList.svelte'),
    '/reports/:id': () => import('./reports/ReportPage.svelte'),
    '/requests': () => import('./requests/Requests.svelte'),
    '/agents/:code': () => import('./history/AgentDay.svelte'),
    '/history': () => import('./history/History.svelte'),
    '/users': () => import('./access/People.svelte'),
    '/audit': () => import('./access/Audit.svelte'),
    '/account': () => import('./access/Account.svelte'),
    '/not-permitted': () => import('./access/NotPermitted.svelte'),
    '*': () => import('./shell/NoPage.svelte'),
  },
})
