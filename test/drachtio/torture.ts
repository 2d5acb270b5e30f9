/**
 * REGISTERs (and a few others) of the kinds that RFC 4475 describes, written anew from its text: legal ones that look
 * wrong, and wrong ones. `{via}`, `{call}` and `{user}` stand for what makes each of them unique.
 */

export interface Torture {
  title: string
  text: string
  /** What may be answered; 0: nothing. */
  right: readonly number[]
}

const usual = `Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{via}
Max-Forwards: 70
From: <sip:{user}@pbx.example>;tag=1
To: <sip:{user}@pbx.example>
Call-ID: {call}
CSeq: 1 REGISTER
`
const register = (rest: string, head = usual): string => `REGISTER sip:pbx.example SIP/2.0\n${head}${rest}\n`

export const tortures: readonly Torture[] = [
  {
    title: '3.1.1.1 all the white space and folding that is allowed',
    text: `REGISTER sip:pbx.example;unknownparam SIP/2.0
TO :
 sip:{user}@pbx.example ;   tag2    = 1
from   : "J Rosenberg \\\\\\""       <sip:{user}@pbx.example>
  ;
  tag = 98asjd8
MaX-fOrWaRdS: 0068
Call-ID: {call}
cseq: 0009
  REGISTER
Via  : SIP  /   2.0
 /UDP
    127.0.0.1;rport;branch=z9hG4bK{via}
s :
NewFangledHeader:   newfangled value
 continued newfangled value
UnknownHeaderWithUnusualValue: ;;,,;;,;
Content-Length: 0
m:"Quoted string \\"\\"" <sip:{user}@127.0.0.1> ; newparam =
      newvalue ;
  secondparam ; q = 0.33

`,
    right: [401],
  },
  {
    title: '3.1.1.5 escaped nulls in the user',
    text: register(
      'Contact: <sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>\nContent-Length: 0\n',
      usual.replaceAll('{user}', 'null-%00-null'),
    ),
    right: [401],
  },
  {
    title: '3.1.1.6 escaped characters in names of fields',
    text: `RE%47IST%45R sip:pbx.example SIP/2.0\n${usual.replace('1 REGISTER', '1 RE%47IST%45R')}Contact: <sip:{user}@host>\nC%6Fntact: <sip:alias@host>\nContent-Length: 0\n\n`,
    right: [0, 400, 403, 405, 501, 503],
  },
  {
    title: '3.1.1.8 a second request in the same datagram',
    text: `${register('Contact: sip:{user}@host\nContent-Length: 0\n')}INVITE sip:joe@example.com SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKsecond\nContent-Length: 0\n\n`,
    right: [401],
  },
  {
    title: '3.1.2.1 extra semicolons and commas',
    text: register('Contact: "Joe" <sip:{user}@host>;;;;\nContent-Length: 0\n'),
    right: [401, 400],
  },
  {
    title: '3.1.2.2 a length larger than the message',
    text: register('Contact: <sip:{user}@host>\nContent-Length: 9999\n'),
    right: [401, 400, 0],
  },
  {
    title: '3.1.2.3 a negative length',
    text: register('Contact: <sip:{user}@host>\nContent-Length: -999\n'),
    right: [401, 400, 0],
  },
  {
    title: '3.1.2.4 numbers that overflow',
    text: register(
      'Contact: <sip:{user}@host>;expires=280297596632815\nExpires: 1000000000000000000000000000000000000000000000\nContent-Length: 0\n',
      usual.replace('CSeq: 1 ', 'CSeq: 36893488147419103232 '),
    ),
    right: [400],
  },
  {
    title: '3.1.2.6 a quote that is not closed',
    text: register('Contact: <sip:{user}@host>\nContent-Length: 0\n', usual.replace('To: ', 'To: "Mr. J. User ')),
    right: [400, 401],
  },
  {
    title: '3.1.2.7 brackets around the target',
    text: register('Content-Length: 0\n').replace('sip:pbx.example SIP', '<sip:pbx.example> SIP'),
    right: [0, 400, 416],
  },
  {
    title: '3.1.2.8 white space within the target',
    text: register('Content-Length: 0\n').replace('sip:pbx.example SIP', 'sip:pbx.example; lr SIP'),
    right: [0, 400],
  },
  {
    title: '3.1.2.10 white space at the end of the first line',
    text: register('Content-Length: 0\n').replace('SIP/2.0\n', 'SIP/2.0  \n'),
    right: [0, 400, 401],
  },
  {
    title: '3.1.2.13 a contact without brackets that needs them',
    text: register('Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E\nContent-Length: 0\n'),
    right: [401, 400],
  },
  {
    title: '3.1.2.16 an unknown version',
    text: register('Content-Length: 0\n').replace('SIP/2.0\nVia', 'SIP/7.0\nVia'),
    right: [0, 400, 505],
  },
  {
    title: '3.1.2.17 method and CSeq differ',
    text: register('Content-Length: 0\n', usual.replace('1 REGISTER', '1 INVITE')),
    right: [0, 400],
  },
  {
    title: '3.3.1 fields that are missing',
    text: 'REGISTER sip:pbx.example SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK{via}\nCSeq: 1 REGISTER\nContent-Length: 0\n\n',
    right: [0, 400],
  },
  {
    title: '3.3.2 an unknown scheme in the target',
    text: register('Content-Length: 0\n').replace(
      'REGISTER sip:pbx.example',
      'REGISTER nobodyKnowsThisScheme:pbx.example',
    ),
    right: [0, 400, 401, 416],
  },
  {
    title: '3.3.4 an unknown scheme in To',
    text: register('Content-Length: 0\n', usual.replace('To: <sip:{user}@pbx.example>', 'To: <isbn:2983792873>')),
    right: [400, 0],
  },
  {
    title: '3.3.6 an unknown scheme of authorization',
    text: register(
      'Contact: <sip:{user}@host>\nAuthorization: NoOneKnowsThisScheme opaque-data=here\nContent-Length: 0\n',
    ),
    right: [401],
  },
  {
    title: '3.3.7 fields twice that may stand once',
    text: register(
      'Contact: <sip:{user}@host>\nCSeq: 2 REGISTER\nCall-ID: another\nTo: <sip:other@pbx.example>\nFrom: <sip:other@pbx.example>;tag=2\nExpires: 3\nExpires: 4\nContent-Length: 0\n',
    ),
    right: [400, 401, 0],
  },
  {
    title: '3.3.8 fields hidden in a contact',
    text: register('Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\nContent-Length: 0\n'),
    right: [401],
  },
  {
    title: '3.3.9 so many values that a field is long',
    text: register(
      `Contact: ${Array.from({ length: 300 }, (_, n) => `<sip:{user}-${n}@host.example>`).join(', ')}\nContent-Length: 0\n`,
    ),
    right: [401, 400, 0],
  },
  { title: 'no text', text: '\u0000\u0001\u0002', right: [0, 400] },
  { title: 'a first line alone', text: 'REGISTER sip:pbx.example SIP/2.0\n\n', right: [0, 400] },
  { title: 'a response to nothing', text: `SIP/2.0 200 OK\n${usual}\n`, right: [0] },
  {
    title: 'an Authorization of nothing but brackets and quotes',
    text: register('Authorization: Digest """"<<<>>>,,,,====\nContent-Length: 0\n'),
    right: [400, 401],
  },
  {
    title: 'names that mean something to JavaScript',
    text: register('__proto__: 1\nconstructor: 2\ntoString: 3\nhasOwnProperty: 4\nContent-Length: 0\n'),
    right: [401],
  },
]

/** The message as it is sent. */
export function written({ text }: Torture, unique: { via: string; call: string; user: string }): string {
  return text
    .replaceAll('\n', '\r\n')
    .replaceAll('{via}', unique.via)
    .replaceAll('{call}', unique.call)
    .replaceAll('{user}', unique.user)
}
