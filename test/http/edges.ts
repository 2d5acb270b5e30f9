/** The edges of every type, as a client may send them: texts, numbers, days, JSON, headers, and addresses that are badly encoded. */

export const long = 'x'.repeat(10_000)
/** The edges of text, which is what everything in an address is. */
export const texts: readonly string[] = [
  '', ' ', '\0', 'a\0b', '\ud800', 'a\udfff', '\uffff', '\u202eabc', 'שלום', '👩‍👩‍👧', 'e\u0301', '\u0007\u001b[2J', '\r\nSet-Cookie: a=b', '%', '%00', '%zz', '__proto__', 'constructor', 'toString', 'hasOwnProperty',
  "' or 1=1 --", '"; drop table calls; --', '$1', '{{7*7}}', '${7*7}', '../../etc/passwd', '..\\..\\x', '/', '//', '.', '..', ',', ',,,', '*', '?a=b', '#a', 'null', 'undefined', 'true', '[]', '{}', long,
  '١٢٣', '１２', '1,2', '0x10', '1e3', '+1', '-0', '00', '1.5', ' 1', '1 ',
]
export const numbers: readonly string[] = [
  '0', '-1', '2147483647', '2147483648', '-2147483648', '-2147483649', '4294967296', '9007199254740991', '9007199254740992', '-9007199254740993', '9223372036854775807', '9223372036854775808',
  '-9223372036854775809', '18446744073709551616', '1e308', '1e309', '-1e309', 'NaN', 'Infinity', '-Infinity', '5e-324', '1e-400', '0.1', '99999999999999999999999999',
]
export const dates: readonly string[] = [
  '0000-01-01', '0001-01-01', '9999-12-31', '2026-02-31', '2026-02-30', '2026-13-01', '2026-00-10', '2026-01-00', '1582-10-10', '-0001-01-01', '+010000-01-01', '2026-2-3', '20260201', 'today', 'infinity', '-infinity', 'epoch',
  '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-02-31T00:00:00Z', '2026-02-01T25:00:00Z', '2026-02-01T24:00:00Z', '2026-02-01T00:00:00+99:99', '2026-02-01T00:00:00', '-62135596800001', '253402300800000', '8640000000000001',
]
/** The edges of what JSON can say, as JSON. */
export const values: readonly string[] = [
  'null', 'true', 'false', '[]', '{}', '[[]]', '[null]', '{"a":1}', '{"__proto__":{"a":1}}', '{"constructor":{"prototype":{"a":1}}}', '[1,"a",null]', '-0', '1.5', '1e309', '-1e309', '2147483648', '-2147483649', '9007199254740993', '9223372036854775808',
  '"\\u0000"', '"\\ud800"', '["\\u0000"]', '["\\udfff"]', `[${'1,'.repeat(5_000)}1]`, `${'['.repeat(40)}${']'.repeat(40)}`,
]

/** Those that have broken most. */
export const telling: readonly string[] = ['\0', '2147483648', '9223372036854775808', '0000-01-01', '9999-12-31', '0001-01-01T00:00:00Z']
export const tellingValues: readonly string[] = [...telling.flatMap((text) => [JSON.stringify(text), JSON.stringify([text])]), '2147483648', '9223372036854775808', '[2147483648]']

/** What is right by itself, at the ends of what is: two of them together need not be. */
export const ends: readonly string[] = ['1900-01-01', '2099-12-31', '2024-02-29', '2026-02-28', '2026-03-01', '1900-01-01T00:00:00Z', '2099-12-31T23:59:59.999Z', '2026-02-01T00:00:00+14:00', '2026-02-01T23:59:59-12:00', '0', '1', '2', '-1', '200', '100000', '1769932800000']

/** Headers that somebody reads: ours, the framework, or what serves the files. */
export const headerEdges: Readonly<Record<string, readonly string[]>> = {
  'accept-language': ['', '*', 'zh', 'zh-CN;q=0.1, en;q=0', 'en;q=2', 'en;q=-1', ';q=1', ',,,', 'zh;q=0, *;q=0', 'x'.repeat(5_000), 'en-'.repeat(500), '\u00ff', 'zh;q=0.000000000000000000001'],
  accept: ['', '*/*;q=0', 'text/html', 'text/event-stream', 'application/json;q=nine', '\u00ff/\u00ff', '/', 'application/xml'],
  'accept-encoding': ['', '*;q=0', 'identity;q=0', 'gzip;q=0, br;q=0', 'compress', '\u00ff', 'gzip, gzip, gzip'],
  'if-none-match': ['*', '""', 'W/"x"', '"', '"a", W/"b", "c"', '\u00ff', 'x'.repeat(5_000)],
  'if-match': ['*', '"none"', '\u00ff'],
  'if-modified-since': ['', 'yesterday', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT', '-1'],
  'if-range': ['"x"', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  range: ['bytes=0-', 'bytes=9-1', 'bytes=-0', 'bytes=0-0,1-1,2-2', 'bytes=99999999999999999999-', 'bytes=abc', 'lines=1-2', 'bytes=', `bytes=${'0-1,'.repeat(1_000)}0-1`],
  'last-event-id': ['', '.', '..', '...', '\u00ff.-1.9e9.\u00ff', 'a.999999999999999999999.b', 'a.-1.b', 'a.0.', '0.0.0.0', '__proto__.1.calls', 'x'.repeat(5_000), '\t'],
  'content-type': ['', 'application/json', 'application/json;', 'application/json; charset=', 'application/json; charset="utf-8"', 'application/json; charset=utf-16', 'APPLICATION/JSON', 'application/json, text/plain', 'application/problem+json', 'text/json', '\u00ff', ';', 'x'.repeat(5_000), 'application/json; charset=__proto__'],
  'content-encoding': ['', 'identity', 'gzip', 'gzip, gzip', 'GZIP', 'zstd', 'constructor', 'x'.repeat(1_000)],
  'x-http-method-override': ['DELETE', 'POST'],
  cookie: ['__proto__=1', 'a'.repeat(5_000), '\u00ff=\u00ff'],
  authorization: ['', 'Basic \u00ff', `Bearer ${'x'.repeat(5_000)}`],
  te: ['trailers', '\u00ff'],
  'accept-charset': ['utf-7'],
  referer: ['', 'nonsense', 'http://', '//', 'http://127.0.0.1:1/\u00ff'],
}

/** Parts of an address that are no encoding of anything, or of what no name is. */
export const wrongly: readonly string[] = [
  '%', '%2', '%zz', '%u0041', '%00', 'a%00b', '%ff', '%C0%AF', '%ED%A0%80', '%F4%90%80%80', '%E0%A4%A', '%2e%2e%2f%2e%2e', '..%2f..', '%2F', '%5c', '%25', '%2500', '%0d%0aSet-Cookie:%20a=b', ';a=b', '+', '%20', '%09', '~', '@', ':', '!$&()*,;=', '%EF%BB%BF', '%41'.repeat(1_500),
]
