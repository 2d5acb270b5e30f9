/**
 * Decides which requests get in at all. The server serves this machine only, and another site's
 * page must not be able to use a browser on this machine to act here or to read answers:
 *
 * - the peer is on the loopback interface, and nothing is forwarded: a proxy names itself in one of many headers, and
 *   what it says there cannot be trusted;
 * - there is exactly one `Host`, and it names this machine, because a foreign name made to resolve to 127.0.0.1 (DNS
 *   rebinding) makes a foreign page "same origin" in the browser's eyes; and the target is a path, because a full
 *   address would take precedence over `Host`;
 * - a request to the interface, or one that changes something, was not started by a page of another site
 *   (`Sec-Fetch-Site`, else `Origin`, else `Referer`). A link on another site may open a screen.
 */
import type { NextFunction, Request, Response } from 'express'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost)$/i

/** Headers with which proxies, balancers and delivery networks name themselves or their clients. */
const PROXY =
  /^(forwarded|forwarded-for|via|cdn-loop|client-ip|proxy-client-ip|wl-proxy-client-ip|true-client-ip|fastly-client-ip|fly-client-ip|do-connecting-ip|cf-.+|x-forwarded(-.+)?|x-original-(forwarded-for|host)|x-originating-ip|x-real-ip|x-client-ip|x-cluster-client-ip|x-remote-(ip|addr)|x-proxyuser-ip|x-azure-.+|x-appengine-user-ip|x-envoy-.+|x-amzn-trace-id|x-amz-cf-id|x-arr-.+|x-varnish)$/

/**
 * Refuses requests that do not belong here. @throws Problem `request.not_loopback`, `request.cross_site`,
 * `request.malformed`
 */
export function guard(request: Request, _response: Response, next: NextFunction): void {
  const { socket, rawHeaders, headers } = request
  if (!request.url.startsWith('/')) throw new Problem('request.malformed', { reason: 'its target is not a path' })
  for (const name of ['host', 'content-type', 'content-encoding']) {
    if (timesIn(rawHeaders, name) > 1)
      throw new Problem('request.malformed', { reason: `it has several headers ${name}` })
  }
  const outside =
    !LOOPBACK.test(socket.remoteAddress ?? '') ||
    !LOOPBACK.test(hostName(headers.host)) ||
    Object.keys(headers).some((name) => PROXY.test(name))
  if (outside) throw new Problem('request.not_loopback', { port: socket.localPort ?? 0 })
  const opensScreen = (request.method === 'GET' || request.method === 'HEAD') && !/^\/+api(\/|$)/i.test(request.path)
  if (!opensScreen) refuseCrossSite(request)
  next()
}

/** How often a header occurs: Node keeps only the first of some, where another reader might keep the last. */
function timesIn(rawHeaders: readonly string[], name: string): number {
  let times = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]!.toLowerCase() === name) times++
  return times
}

/** The name in a `Host` header, without port and brackets; empty when it is none. */
function hostName(host: string | undefined): string {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host ?? '')
  return match?.[1] ?? match?.[2] ?? ''
}

/**
 * Programs send none of these; a browser sends at least one of them with any request that another site's page made it
 * send.
 */
function refuseCrossSite({ headers }: Request): void {
  const site = headers['sec-fetch-site'] as string | undefined
  const { origin, referer } = headers
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none')
      throw new Problem('request.cross_site', { origin: told(origin ?? site) })
    return
  }
  const own = `http://${headers.host}`
  if (origin !== undefined && origin !== own) throw new Problem('request.cross_site', { origin: told(origin) })
  if (origin === undefined && referer !== undefined && originOf(referer) !== own)
    throw new Problem('request.cross_site', { origin: told(originOf(referer) ?? 'unknown') })
}

function originOf(address: string): string | null {
  return URL.parse(address)?.origin ?? null
}

/** What is echoed back is no longer than necessary. */
const told = (origin: string): string => origin.slice(0, 200)
