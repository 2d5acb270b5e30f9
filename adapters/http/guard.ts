/**
 * Who is let in at all. Until there are log-ins the server serves this machine only, and a browser on
 * this machine must not be made to act for a page of another site:
 *
 * - the peer is on the loopback interface, and so is everybody a forwarding proxy names;
 * - `Host` is a name of this machine, because a foreign name that was made to resolve to 127.0.0.1
 *   (DNS rebinding) makes a foreign page "same origin" in the browser's eyes;
 * - what changes something was not started by a page of another site (`Sec-Fetch-Site`, else `Origin`).
 */
import type { NextFunction, Request, Response } from 'express'
import { Problem } from '@ledgerline/core/kernel/problem.ts'

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost)$/i

/** Refuses who does not belong here. @throws Problem `request.not_loopback`, `request.cross_site` */
export function guard(request: Request, _response: Response, next: NextFunction): void {
  const { socket } = request
  const outside = !LOOPBACK.test(socket.remoteAddress ?? '') || !LOOPBACK.test(hostName(request.get('host'))) || forwardedFrom(request).some((peer) => !LOOPBACK.test(peer))
  if (outside) throw new Problem('request.not_loopback', { port: socket.localPort ?? 0 })
  if (request.method !== 'GET' && request.method !== 'HEAD') refuseCrossSite(request)
  next()
}

/** The name in a `Host` header, without port and brackets; empty when it is none. */
function hostName(host: string | undefined): string {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host ?? '')
  return match?.[1] ?? match?.[2] ?? ''
}

function forwardedFrom(request: Request): string[] {
  const plain = (request.get('x-forwarded-for') ?? '').split(',')
  const standard = [...(request.get('forwarded') ?? '').matchAll(/for=("[^"]*"|[^;,\s]+)/gi)].map((match) => match[1]!.replaceAll('"', ''))
  return [...plain, ...standard].map((peer) => hostName(peer.trim()) || peer.trim()).filter((peer) => peer !== '')
}

/** Programs send neither header; a browser sends at least one of them with everything that is not a plain read. */
function refuseCrossSite(request: Request): void {
  const site = request.get('sec-fetch-site')
  const origin = request.get('origin')
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none') throw new Problem('request.cross_site', { origin: origin ?? site })
    return
  }
  if (origin !== undefined && origin !== `http://${request.get('host')}`) throw new Problem('request.cross_site', { origin })
}
