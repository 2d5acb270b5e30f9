/** What can be wrong with a request, besides what the kernel names (`request.invalid`, `request.not_found` …). */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const httpProblems = {
  // phones in browsers
  'phone.none': {
    status: 409,
    en: 'A browser cannot be a phone here: the server has no address for it.',
    zh: '本系统未开通浏览器电话：服务器没有设置其地址。',
    cure: {
      en: 'Use the phone on your table. To permit browsers, the administrator sets LEDGERLINE_PHONE_URL.',
      zh: '请使用话机。如需浏览器电话，请管理员设置 LEDGERLINE_PHONE_URL。',
    },
  },
  'phone.no_extension': {
    status: 409,
    en: 'Agent {agent} has no extension in this shift.',
    zh: '坐席 {agent} 本班次没有分机。',
    cure: { en: 'Sign out, and sign in with the extension.', zh: '请签出后，以分机重新签入。' },
  },
  'phone.not_enabled': {
    status: 403,
    en: 'A browser may not be extension {extension}.',
    zh: '分机 {extension} 未启用浏览器电话。',
    cure: {
      en: 'Use the phone on your table, or ask the administrator to switch on “web phone” for this extension.',
      zh: '请使用话机，或请管理员为该分机启用 WebRTC。',
    },
  },
  'request.no_route': {
    status: 404,
    en: 'There is nothing at this address.',
    zh: '此地址没有对应的接口。',
    cure: { en: 'All addresses are listed at /api/docs.', zh: '所有接口见 /api/docs。' },
  },
  'request.wrong_method': {
    status: 405,
    en: 'This address accepts only {allowed}.',
    zh: '此地址只接受 {allowed}。',
    cure: { en: 'All addresses are listed at /api/docs.', zh: '所有接口见 /api/docs。' },
  },
  'request.forbidden': {
    status: 403,
    en: 'You may not do this: the permission {permission} is missing.',
    zh: '没有权限：缺少 {permission}。',
    cure: { en: 'Ask the server’s administrator to grant it.', zh: '请向系统管理员申请该权限。' },
  },
  'request.cross_site': {
    status: 403,
    en: 'The request came from a page of another site, {origin}.',
    zh: '该请求由其他网站的页面发起：{origin}。',
    cure: {
      en: 'Only pages of this server and programs on this machine may send requests here.',
      zh: '只有本服务自己的页面和本机程序可以访问。',
    },
  },
  'request.too_large': {
    status: 413,
    en: 'The body is larger than {limit} bytes.',
    zh: '请求内容超过 {limit} 字节。',
    cure: { en: 'Send less at once.', zh: '请减少单次发送的内容。' },
  },
  'request.names_nothing': {
    status: 400,
    en: '{path}: {reason}.',
    zh: '{path}：{reason}。',
    cure: { en: 'Use one of those, or omit the filter.', zh: '请改用其中之一，或去掉该筛选条件。' },
  },
  'request.too_deep': {
    status: 400,
    en: 'The body is nested deeper than {limit} levels.',
    zh: '请求内容嵌套超过 {limit} 层。',
    cure: { en: 'See the description of the request at /api/docs.', zh: '请求说明见 /api/docs。' },
  },
  'request.too_many_fields': {
    status: 400,
    en: 'An object in the body has more than {limit} fields.',
    zh: '请求内容中有对象超过 {limit} 个字段。',
    cure: { en: 'See the description of the request at /api/docs.', zh: '请求说明见 /api/docs。' },
  },
  'request.too_many_values': {
    status: 413,
    en: 'The body has more than {limit} values.',
    zh: '请求内容超过 {limit} 个值。',
    cure: { en: 'Send less at once.', zh: '请减少单次发送的内容。' },
  },
  'request.broken_body': {
    status: 400,
    en: 'The body cannot be read: {reason}.',
    zh: '请求内容无法读取：{reason}。',
    cure: {
      en: 'Send JSON in UTF-8; compressed bodies must match their Content-Encoding.',
      zh: '请发送 UTF-8 编码的 JSON；压缩方式须与 Content-Encoding 一致。',
    },
  },
  'request.slow': {
    status: 408,
    passing: true,
    en: 'The request did not arrive in full in time: its headers have {headers} s, all of it {seconds} s.',
    zh: '请求未能按时发送完毕：请求头限 {headers} 秒，整个请求限 {seconds} 秒。',
    cure: { en: 'Send it again in full.', zh: '请重新完整发送。' },
  },
  'request.headers_too_large': {
    status: 431,
    en: 'The headers of the request are too large.',
    zh: '请求头过大。',
    cure: { en: 'Send fewer or shorter ones.', zh: '请减少请求头的数量或长度。' },
  },
  'request.malformed': {
    status: 400,
    en: 'The server does not accept this request: {reason}.',
    zh: '无法接受的请求：{reason}。',
    cure: {
      en: 'Send HTTP/1.1 with one Host header and only a path as the target.',
      zh: '请使用 HTTP/1.1，仅带一个 Host，请求目标只写路径。',
    },
  },
  'request.data_refused': {
    status: 400,
    en: 'The request contains a value that the tables cannot hold ({sqlstate}: {reason}). See {id} in the server log.',
    zh: '请求中有数据表无法容纳的值（{sqlstate}：{reason}），服务器日志编号为 {id}。',
    cure: {
      en: 'Check the numbers, days and texts of the request; see /api/docs.',
      zh: '请核对请求中的数字、日期和文本，说明见 /api/docs。',
    },
  },
  'request.not_json': {
    status: 415,
    en: 'The body is not valid JSON: {reason}.',
    zh: '请求内容不是可读的 JSON：{reason}。',
    cure: {
      en: 'Send JSON in UTF-8, with the header Content-Type: application/json.',
      zh: '请发送 UTF-8 编码的 JSON，并设置 Content-Type: application/json。',
    },
  },
  'request.timeout': {
    status: 503,
    passing: true,
    en: 'No answer within {seconds} s.',
    zh: '{seconds} 秒内没有得到结果。',
    cure: {
      en: 'Try again (a command with the same id); for a query, ask for less or for a shorter time.',
      zh: '请重试（命令请使用相同编号）；查询请缩小范围或时间段。',
    },
  },
  'request.unexpected': {
    status: 500,
    passing: true,
    en: 'Something unexpected went wrong. See {id} in the server log.',
    zh: '服务器出现未预料的错误，日志编号为 {id}。',
    cure: {
      en: 'Try again once; if it happens again, report it with that id.',
      zh: '请重试一次；若仍出错，请附上该编号报告。',
    },
  },
  'report.too_many_rows': {
    status: 422,
    en: 'The report has more than {limit} rows.',
    zh: '报表超过 {limit} 行。',
    cure: {
      en: 'Ask for fewer days, a longer interval or fewer agents; a file may have more rows than an answer.',
      zh: '请缩短日期范围、加长时段或减少坐席；导出文件的行数上限更高。',
    },
  },
  'report.too_long': {
    status: 422,
    en: 'The report takes longer than {seconds} s.',
    zh: '报表计算超过 {seconds} 秒。',
    cure: {
      en: 'Ask for fewer days or agents; a file may take longer than an answer.',
      zh: '请缩短日期范围或减少坐席；导出文件的时限更长。',
    },
  },
  'report.busy': {
    status: 503,
    passing: true,
    en: '{limit} files are already being written.',
    zh: '已有 {limit} 个文件正在导出。',
    cure: { en: 'Try again in a moment.', zh: '请稍后重试。' },
  },
  'live.too_many': {
    status: 503,
    passing: true,
    en: 'There are already {limit} live connections.',
    zh: '实时连接数已达上限 {limit}。',
    cure: {
      en: 'Close boards that nobody is looking at, or raise LEDGERLINE_STREAMS; the browser retries by itself.',
      zh: '请关闭无人查看的看板，或通过 LEDGERLINE_STREAMS 提高上限；浏览器会自动重试。',
    },
  },
  'live.too_many_of_one': {
    status: 503,
    passing: true,
    en: 'This address already has {limit} live connections.',
    zh: '该地址的实时连接数已达上限 {limit}。',
    cure: {
      en: 'Close boards that nobody is looking at, or raise LEDGERLINE_STREAMS; the browser retries by itself.',
      zh: '请关闭无人查看的看板，或通过 LEDGERLINE_STREAMS 提高上限；浏览器会自动重试。',
    },
  },
  'server.too_many_connections': {
    status: 503,
    passing: true,
    en: 'There are already {limit} open connections.',
    zh: '打开的连接数已达上限 {limit}。',
    cure: {
      en: 'Try again in a moment and close unused connections; LEDGERLINE_CONNECTIONS raises the limit.',
      zh: '请稍后重试，并关闭不用的连接；可通过 LEDGERLINE_CONNECTIONS 提高上限。',
    },
  },
  'server.too_many_of_one': {
    status: 503,
    passing: true,
    en: 'This address already has {limit} open connections.',
    zh: '该地址打开的连接数已达上限 {limit}。',
    cure: {
      en: 'Try again in a moment and close unused connections; LEDGERLINE_CONNECTIONS raises the limit.',
      zh: '请稍后重试，并关闭不用的连接；可通过 LEDGERLINE_CONNECTIONS 提高上限。',
    },
  },
  'server.port_taken': {
    status: 409,
    passing: true,
    en: 'Port {port} is in use by another program.',
    zh: '端口 {port} 已被其他程序占用。',
    cure: {
      en: 'Stop that program, or choose another port with --port.',
      zh: '请停止该程序，或用 --port 指定其他端口。',
    },
  },
} as const satisfies ProblemEntries
