/** What can be wrong with a request, beside what the kernel names (`request.invalid`, `request.not_found` …). */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const httpProblems = {
  'request.no_route': {
    status: 404,
    en: 'Nothing answers at this address.',
    zh: '此地址没有对应的接口。',
    cureEn: 'All addresses are listed at /api/docs.',
    cureZh: '所有接口见 /api/docs。',
  },
  'request.wrong_method': {
    status: 405,
    en: 'This address takes {allowed} only.',
    zh: '此地址只接受 {allowed}。',
    cureEn: 'All addresses are listed at /api/docs.',
    cureZh: '所有接口见 /api/docs。',
  },
  'request.forbidden': {
    status: 403,
    en: 'You may not do this: the permission {permission} is missing.',
    zh: '没有权限：缺少 {permission}。',
    cureEn: 'Ask whoever runs the server to grant it.',
    cureZh: '请向系统管理员申请该权限。',
  },
  'request.cross_site': {
    status: 403,
    en: 'The request was started by a page of another site, {origin}.',
    zh: '该请求由其他网站的页面发起：{origin}。',
    cureEn: 'Only pages of this server, and programs on this machine, may change anything here.',
    cureZh: '只有本服务自己的页面和本机程序可以进行修改。',
  },
  'request.too_large': {
    status: 413,
    en: 'The body is larger than {limit} bytes.',
    zh: '请求内容超过 {limit} 字节。',
    cureEn: 'Send less at once.',
    cureZh: '请减少单次发送的内容。',
  },
  'request.not_json': {
    status: 415,
    en: 'The body is not readable as JSON: {reason}.',
    zh: '请求内容不是可读的 JSON：{reason}。',
    cureEn: 'Send JSON in UTF-8, with the header Content-Type: application/json.',
    cureZh: '请发送 UTF-8 编码的 JSON，并设置 Content-Type: application/json。',
  },
  'request.timeout': {
    status: 503,
    en: 'No answer within {seconds} s.',
    zh: '{seconds} 秒内没有得到结果。',
    cureEn: 'Repeat it (a command with the same id); ask a query for less, or for a shorter time.',
    cureZh: '请重试（命令请使用相同编号）；查询请缩小范围或时间段。',
  },
  'request.unexpected': {
    status: 500,
    en: 'Something went wrong here that nobody foresaw. The log of the server has it under {id}.',
    zh: '服务器出现未预料的错误，日志编号为 {id}。',
    cureEn: 'Repeat it once; if it stays, report it with that id.',
    cureZh: '请重试一次；若仍出错，请附上该编号报告。',
  },
  'report.too_many_rows': {
    status: 422,
    en: 'The report has more than {limit} rows.',
    zh: '报表超过 {limit} 行。',
    cureEn: 'Ask for fewer days, a longer interval or fewer agents; a file may have more rows than an answer.',
    cureZh: '请缩短日期范围、加长时段或减少坐席；导出文件的行数上限更高。',
  },
  'report.busy': {
    status: 503,
    en: '{limit} files are being written already.',
    zh: '已有 {limit} 个文件正在导出。',
    cureEn: 'Repeat it in a moment.',
    cureZh: '请稍后重试。',
  },
  'live.too_many': {
    status: 503,
    en: 'There are {limit} live connections already.',
    zh: '实时连接数已达上限 {limit}。',
    cureEn: 'Close boards that nobody looks at; the browser tries again by itself.',
    cureZh: '请关闭无人查看的看板；浏览器会自动重试。',
  },
  'server.port_taken': {
    status: 409,
    en: 'Port {port} is taken by another program.',
    zh: '端口 {port} 已被其他程序占用。',
    cureEn: 'Stop that program, or choose another port with --port.',
    cureZh: '请停止该程序，或用 --port 指定其他端口。',
  },
} as const satisfies ProblemEntries
