/**
 * Calls and other requests of the kinds that RFC 4475 describes, written anew from its text: legal ones that look wrong, and
 * wrong ones. `{via}`, `{call}` and `{user}` stand for what makes each of them unique. REGISTERs are in `torture.ts`.
 */
import type { Torture } from './torture.ts'

const head = (method: string): string => `Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{via}
Max-Forwards: 70
From: "Caller" <sip:{user}@example.net>;tag=1
To: <sip:95500@pbx.example>
Call-ID: {call}
CSeq: 1 ${method}
Contact: <sip:{user}@127.0.0.1>
`
const SDP = `v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.3
s=-
c=IN IP4 192.0.2.4
t=0 0
m=audio 49217 RTP/AVP 0 8
`
const length = (body: string): number => body.replaceAll('\n', '\r\n').length
const withBody = (fields: string, body = SDP, type = 'application/sdp'): string =>
  `${fields}Content-Type: ${type}\nContent-Length: ${length(body)}\n\n${body}`
const invite = (more = '', uri = 'sip:95500@pbx.example'): string =>
  `INVITE ${uri} SIP/2.0\n${withBody(head('INVITE') + more)}`

/** A stranger is told no once (403) or not at all; what cannot be read is 400, or nothing. A gateway's may get through: 486. */
const any = [0, 400, 403, 405, 415, 416, 420, 481, 483, 486, 487, 501, 503, 505, 513]

export const tortureCalls: readonly Torture[] = [
  {
    title: '3.1.1.1 a call with all the folding there is',
    text: `INVITE sip:95500@pbx.example;unknownparam SIP/2.0
TO :
 sip:95500@pbx.example ;   tag2    = 1918181833n
from   : "J Rosenberg \\\\\\""       <sip:{user}@example.com>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: {call}
cseq: 0009
  INVITE
Via  : SIP  /   2.0
 /UDP
    127.0.0.1;rport;branch=z9hG4bK{via}
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Type: application/sdp
Route:
 <sip:services.example.com;lr;unknownwith=value;unknown-no-value>
Content-Length: 0
m:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

`,
    right: any,
  },
  {
    title: '3.1.1.2 a method of all the characters that one may have',
    text: `!interesting-Method0123456789_*+\`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\n${head("!interesting-Method0123456789_*+`.%indeed'~")}Content-Length: 0\n\n`,
    right: any,
  },
  {
    title: '3.1.1.3 escapes in every part of the address',
    text: invite('', 'sip:sips%3Auser%40example.com@pbx.example'),
    right: any,
  },
  {
    title: '3.1.1.7 values that are very long',
    text: invite(
      `Unknown-${'Long'.repeat(20)}-Name: ${'unknown-long-value'.repeat(40)}\nVia: SIP/2.0/TCP sip33.example.com;branch=z9hG4bK${'verylong'.repeat(30)}\n`,
      `sip:${'amazinglylongcallernameshouldbefine'.repeat(6)}@pbx.example`,
    ),
    right: any,
  },
  {
    title: '3.1.1.9 a semicolon in the user',
    text: `OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0\n${head('OPTIONS')}Content-Length: 0\n\n`,
    right: any,
  },
  {
    title: '3.1.1.11 a body of several parts',
    text: `MESSAGE sip:95500@pbx.example SIP/2.0\n${withBody(head('MESSAGE'), '--7a9cbec02ceef655\nContent-Type: text/plain\nContent-Transfer-Encoding: binary\n\nHello\n--7a9cbec02ceef655--\n', 'multipart/mixed;boundary=7a9cbec02ceef655')}`,
    right: any,
  },
  {
    title: '3.1.2.1 separators where nothing is',
    text: invite('Contact: "Joe" <sip:joe@example.org>;;;;\nRoute: ,,,,\n'),
    right: any,
  },
  {
    title: '3.1.2.2 a length larger than the message',
    text: `INVITE sip:95500@pbx.example SIP/2.0\n${head('INVITE')}Content-Type: application/sdp\nContent-Length: 9999\n\n${SDP}`,
    right: any,
  },
  {
    title: '3.1.2.3 a negative length',
    text: `INVITE sip:95500@pbx.example SIP/2.0\n${head('INVITE')}Content-Type: application/sdp\nContent-Length: -999\n\n${SDP}`,
    right: any,
  },
  {
    title: '3.1.2.4 numbers that overflow',
    text: invite('Max-Forwards: 300\nExpires: 10000000000000000000000000000\n').replace(
      'CSeq: 1 ',
      'CSeq: 36893488147419103232 ',
    ),
    right: any,
  },
  {
    title: '3.1.2.6 a name whose quote is not closed',
    text: invite().replace('To: ', 'To: "Mr. J. User '),
    right: any,
  },
  { title: '3.1.2.7 a target in brackets', text: invite('', '<sip:95500@pbx.example>'), right: any },
  { title: '3.1.2.8 white space within the target', text: invite('', 'sip:95500@pbx.example; lr'), right: any },
  {
    title: '3.1.2.11 a target that carries fields',
    text: invite('', 'sip:95500@pbx.example?Route=%3Csip:pbx.example%3E'),
    right: any,
  },
  {
    title: '3.1.2.12 a date in a zone that there is none',
    text: invite('Date: Fri, 01 Jan 2010 16:00:00 EST\n'),
    right: any,
  },
  {
    title: '3.1.2.14 spaces where an address begins',
    text: invite().replace('To: <sip', 'To: "Watson" <     sip'),
    right: any,
  },
  {
    title: '3.1.2.15 letters that no name has without quotes',
    text: invite().replace('From: "Caller"', 'From: Bell, Alexander'),
    right: any,
  },
  { title: '3.1.2.17 method and CSeq differ', text: invite().replace('1 INVITE', '8 OPTIONS'), right: any },
  {
    title: '3.1.2.18 an unknown method, and another in CSeq',
    text: invite().replace('INVITE sip', 'NEWMETHOD sip'),
    right: any,
  },
  {
    title: '3.1.2.19 a response whose status is too large',
    text: `SIP/2.0 4294967301 better not break the receiver\n${head('INVITE')}Content-Length: 0\n\n`,
    right: [0],
  },
  { title: '3.2.1 a branch of the magic cookie alone', text: invite().replace('z9hG4bK{via}', 'z9hG4bK'), right: any },
  {
    title: '3.3.1 a call without the fields it needs',
    text: `INVITE sip:95500@pbx.example SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{via}\nContent-Length: 0\n\n`,
    right: any,
  },
  { title: '3.3.2 a target of an unknown scheme', text: invite('', 'name:John_Smith'), right: any },
  {
    title: '3.3.3 a target of a known scheme that is none of SIP',
    text: invite('', 'soap.beep://192.0.2.103:3002'),
    right: any,
  },
  {
    title: '3.3.5 Proxy-Require and Require of what nobody knows',
    text: invite('Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis\n'),
    right: any,
  },
  {
    title: '3.3.7 fields twice that may stand once',
    text: invite('CSeq: 5 INVITE\nCall-ID: another\nFrom: <sip:other@example.net>;tag=2\nMax-Forwards: 5\n'),
    right: any,
  },
  {
    title: '3.3.10 a warning that is not ours to read',
    text: invite('Warning: 1812 overture "In Progress"\n'),
    right: any,
  },
  { title: '3.3.11 no hops left', text: invite().replace('Max-Forwards: 70', 'Max-Forwards: 0'), right: any },
  {
    title: '3.3.13 a body of a type that nobody knows',
    text: `INVITE sip:95500@pbx.example SIP/2.0\n${withBody(head('INVITE'), '<audio>\n <pcmu port="443"/>\n</audio>\n', 'application/unknownformat')}`,
    right: any,
  },
  {
    title: '3.3.15 an unknown way of showing a body',
    text: `INVITE sip:95500@pbx.example SIP/2.0\n${withBody(`${head('INVITE')}Content-Disposition: session;handling=required;weird\n`)}`,
    right: any,
  },
  {
    title: '3.4.1 a call as RFC 2543 had it',
    text: `INVITE sip:95500@pbx.example SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1\nFrom: <sip:{user}@example.net>\nTo: sip:95500@pbx.example\nCall-ID: {call}\nCSeq: 1 INVITE\nContent-Type: application/sdp\n\n${SDP}`,
    right: any,
  },
  {
    title: 'fields and addresses that would open others in what we send on',
    text: invite(
      'X-Evil: a\\r\\nX-Ledgerline-Leg: forged\nX-Ledgerline-Leg: forged\n',
      'sip:95500%0d%0aX-Evil:1@pbx.example',
    ),
    right: any,
  },
  {
    title: 'a hundred Vias',
    text: invite(Array.from({ length: 100 }, (_, n) => `Via: SIP/2.0/UDP 192.0.2.${n};branch=z9hG4bKx${n}\n`).join('')),
    right: any,
  },
  {
    title: 'a thousand fields',
    text: invite(Array.from({ length: 1_000 }, (_, n) => `X-${n}: ${n}\n`).join('')),
    right: any,
  },
]
