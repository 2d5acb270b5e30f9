/** What the doctor finds that no other part of the house would say. */
import type { ProblemEntries } from '@ledgerline/core/kernel/problem.ts'

export const doctorProblems = {
  'doctor.node_old': {
    status: 500,
    passing: true,
    en: 'Node is {has}; {wants} is needed.',
    zh: 'Node 版本为 {has}，需要 {wants}。',
    cure: { en: 'Install Node {wants} or later.', zh: '请安装 Node {wants} 或更高版本。' },
  },
  'doctor.files_few': {
    status: 500,
    passing: true,
    en: 'A process may open {has} files; a busy house needs {wants}.',
    zh: '每个进程只能打开 {has} 个文件，业务繁忙时需要 {wants} 个。',
    cure: { en: 'Raise LimitNOFILE, or ulimit -n.', zh: '请提高 LimitNOFILE 或 ulimit -n。' },
  },
  'doctor.memory_little': {
    status: 500,
    passing: true,
    en: 'The machine has {has} GiB of memory; {wants} GiB are needed.',
    zh: '本机内存为 {has} GiB，需要 {wants} GiB。',
    cure: { en: 'Give it more, or move the database elsewhere.', zh: '请增加内存，或将数据库移到其他机器。' },
  },
  'doctor.house_unwell': {
    status: 500,
    passing: true,
    en: 'Ledgerline runs on port {port} and says that it is not well.',
    zh: 'Ledgerline 正在端口 {port} 上运行，但自报状态异常。',
    cure: { en: 'Its reasons are at /health on that port.', zh: '原因见该端口的 /health。' },
  },
  'doctor.ffmpeg_missing': {
    status: 500,
    passing: true,
    en: 'There is no ffmpeg here: recordings can be downloaded as WAV only.',
    zh: '未安装 ffmpeg：录音只能以 WAV 格式下载。',
    cure: { en: 'Install ffmpeg where MP3 is wanted.', zh: '如需 MP3，请安装 ffmpeg。' },
  },
  'doctor.key_was_exposed': {
    status: 500,
    passing: true,
    en: 'Other users of this machine could read {file}; now only its owner can.',
    zh: '{file} 此前可被本机其他用户读取，现已改为仅所有者可读。',
    cure: {
      en: 'If others work on this machine, take the key for known to them.',
      zh: '若有他人使用本机，应视该密钥已泄露。',
    },
  },
  'doctor.clock_ahead': {
    status: 500,
    passing: true,
    en: 'The clock of {server} is {seconds} s ahead of ours.',
    zh: '{server} 的时钟比本机快 {seconds} 秒。',
    cure: {
      en: 'Set both by NTP: times of one call must fit together.',
      zh: '请用 NTP 校准双方：同一通话的时间须一致。',
    },
  },
  'doctor.clock_behind': {
    status: 500,
    passing: true,
    en: 'The clock of {server} is {seconds} s behind ours.',
    zh: '{server} 的时钟比本机慢 {seconds} 秒。',
    cure: {
      en: 'Set both by NTP: times of one call must fit together.',
      zh: '请用 NTP 校准双方：同一通话的时间须一致。',
    },
  },
  'doctor.unreachable': {
    status: 503,
    passing: true,
    en: '{what} at {where} cannot be reached: {reason}.',
    zh: '无法连接 {where} 的 {what}：{reason}。',
    cure: { en: 'Start it, or correct its setting.', zh: '请启动该服务，或更正相应设置。' },
  },
  'doctor.encoding': {
    status: 500,
    passing: true,
    en: 'The database at {where} keeps text as {encoding}.',
    zh: '{where} 的数据库字符编码为 {encoding}。',
    cure: { en: 'Make it anew with the encoding UTF8.', zh: '请以 UTF8 编码重新建库。' },
  },
  'doctor.connections_few': {
    status: 500,
    passing: true,
    en: 'The database at {where} allows {has} connections; {wants} are needed.',
    zh: '{where} 的数据库只允许 {has} 个连接，需要 {wants} 个。',
    cure: { en: 'Raise max_connections.', zh: '请提高 max_connections。' },
  },
  'doctor.transport_missing': {
    status: 500,
    passing: true,
    en: 'The SIP server {server} takes no SIP over {transport}.',
    zh: '{server} 的 drachtio 不接受 {transport}。',
    cure: {
      en: 'Start it with a contact for it, such as --contact "sip:*;transport=udp,tcp".',
      zh: '请在启动参数中加入，例如 --contact "sip:*;transport=udp,tcp"。',
    },
  },
  'doctor.no_browser_phones': {
    status: 500,
    passing: true,
    en: 'The SIP server {server} takes no secure WebSockets: browsers cannot be phones.',
    zh: '{server} 的 drachtio 不接受安全 WebSocket：浏览器不能用作话机。',
    cure: {
      en: 'Start it with a certificate and a contact with transport=wss; without browser phones nothing is missing.',
      zh: '请配置证书并加入 transport=wss 的 contact；不使用网页电话则无需处理。',
    },
  },
  'doctor.no_tls': {
    status: 500,
    passing: true,
    en: 'The SIP server {server} takes no SIP over TLS: phones say in the clear who calls whom.',
    zh: '{server} 的 drachtio 不接受 TLS 上的 SIP：话机以明文传送主被叫号码。',
    cure: {
      en: 'Start it with a certificate and a contact such as "sips:*:5061;transport=tls"; within a house of your own nothing is missing.',
      zh: '请配置证书并加入 contact，例如 "sips:*:5061;transport=tls"；仅在内网使用则无需处理。',
    },
  },
  'doctor.tls_silent': {
    status: 503,
    passing: true,
    en: 'The SIP server says that it takes TLS at {where}, and shows no certificate there: {reason}.',
    zh: 'drachtio 声明在 {where} 接受 TLS，但没有出示证书：{reason}。',
    cure: {
      en: 'Check its key, certificate and chain file, and restart it: it reads them at its start only.',
      zh: '请检查其私钥、证书和证书链文件并重启 drachtio，这些文件只在启动时读取。',
    },
  },
  'doctor.certificate_expired': {
    status: 500,
    passing: true,
    en: 'The certificate that drachtio shows at {where} ended on {day}.',
    zh: 'drachtio 在 {where} 出示的证书已于 {day} 过期。',
    cure: {
      en: 'Renew it, and restart drachtio: it reads the files at its start only.',
      zh: '请更新证书并重启 drachtio，证书文件只在启动时读取。',
    },
  },
  'doctor.certificate_ends': {
    status: 500,
    passing: true,
    en: 'The certificate that drachtio shows at {where} ends on {day}, in {days} days.',
    zh: 'drachtio 在 {where} 出示的证书将于 {day} 到期，还有 {days} 天。',
    cure: {
      en: 'Renew it, and restart drachtio: it reads the files at its start only.',
      zh: '请更新证书并重启 drachtio，证书文件只在启动时读取。',
    },
  },
  'doctor.certificate_untrusted': {
    status: 500,
    passing: true,
    en: 'This machine does not trust the certificate that drachtio shows at {where}: {reason}.',
    zh: '本机不信任 drachtio 在 {where} 出示的证书：{reason}。',
    cure: {
      en: 'Browsers will not either; a phone on the table can be told to. Use a certificate of a known authority, with its chain.',
      zh: '浏览器同样不会信任；桌面话机可以单独导入。请使用公认机构签发的证书，并附证书链。',
    },
  },
  'doctor.sip_silent': {
    status: 503,
    passing: true,
    en: 'Nobody answers SIP at {where}, where drachtio at {server} says that it listens.',
    zh: '{server} 的 drachtio 声明监听 {where}，但该地址没有 SIP 响应。',
    cure: {
      en: 'Let UDP through the firewall, or give drachtio an address that we can reach.',
      zh: '请在防火墙放行 UDP，或为 drachtio 配置可达的地址。',
    },
  },
  'doctor.sessions_few': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} carries at most {has} sessions, and a call has two; {wants} are usual.',
    zh: '{server} 的 FreeSWITCH 最多 {has} 个会话，每路通话占两个；通常应为 {wants}。',
    cure: { en: 'Raise max-sessions in switch.conf.', zh: '请提高 switch.conf 中的 max-sessions。' },
  },
  'doctor.module_missing': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} lacks {modules}.',
    zh: '{server} 的 FreeSWITCH 缺少 {modules}。',
    cure: {
      en: 'Load them, as ops/compose/freeswitch.xml does.',
      zh: '请加载这些模块，参见 ops/compose/freeswitch.xml。',
    },
  },
  'doctor.codec_missing': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} lacks the codec {codecs}.',
    zh: '{server} 的 FreeSWITCH 缺少编解码器 {codecs}。',
    cure: {
      en: 'Load its module: phones use PCMA, PCMU and G722, browsers OPUS.',
      zh: '请加载相应模块：话机使用 PCMA、PCMU 和 G722，浏览器使用 OPUS。',
    },
  },
  'doctor.profile_missing': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} has no SIP profile {profile}.',
    zh: '{server} 的 FreeSWITCH 没有 SIP profile {profile}。',
    cure: { en: 'Start it with ops/compose/freeswitch.xml.', zh: '请使用 ops/compose/freeswitch.xml 启动。' },
  },
  'doctor.prompts_unseen': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} does not find {missing} of {of} prompts, such as {file}.',
    zh: '{server} 的 FreeSWITCH 找不到 {of} 个语音文件中的 {missing} 个，例如 {file}。',
    cure: {
      en: 'Copy or mount the prompts there, and let LEDGERLINE_PROMPTS name the directory as FreeSWITCH sees it.',
      zh: '请将语音文件复制或挂载到该机器，并让 LEDGERLINE_PROMPTS 指向 FreeSWITCH 所见的目录。',
    },
  },
  'doctor.spool_unseen': {
    status: 500,
    passing: true,
    en: 'FreeSWITCH at {server} does not find {directory}, where it is to record.',
    zh: '{server} 的 FreeSWITCH 找不到录音写入目录 {directory}。',
    cure: {
      en: 'Make it, writable for FreeSWITCH, or correct LEDGERLINE_RECORDINGS; otherwise nothing is recorded.',
      zh: '请创建该目录并允许 FreeSWITCH 写入，或更正 LEDGERLINE_RECORDINGS；否则不会有录音。',
    },
  },
  'doctor.trial_call': {
    status: 503,
    passing: true,
    en: 'A trial call on FreeSWITCH at {server} was not answered: {reason}.',
    zh: '{server} 的 FreeSWITCH 试呼未接通：{reason}。',
    cure: {
      en: 'Let SIP pass between drachtio and FreeSWITCH, and let FS_PEERS_CIDR name drachtio’s address.',
      zh: '请放行 drachtio 与 FreeSWITCH 之间的 SIP，并使 FS_PEERS_CIDR 包含 drachtio 的地址。',
    },
  },
  'doctor.trial_no_way_back': {
    status: 503,
    passing: true,
    en: 'No trial call was made: FreeSWITCH at {server} cannot connect to {where}, where the doctor listens.',
    zh: '未能试呼：{server} 的 FreeSWITCH 无法连接诊断程序监听的 {where}。',
    cure: {
      en: 'Calls do without; for the trial, let TCP from there through the firewall, or run the doctor beside FreeSWITCH.',
      zh: '正常通话不受影响；如需试呼，请放行来自该机器的 TCP，或在 FreeSWITCH 所在机器上运行诊断。',
    },
  },
  'doctor.trial_prompt': {
    status: 500,
    passing: true,
    en: 'In a trial call FreeSWITCH at {server} could not play a prompt: {reason}.',
    zh: '试呼中 {server} 的 FreeSWITCH 无法播放语音：{reason}。',
    cure: {
      en: 'Let LEDGERLINE_PROMPTS name a directory that FreeSWITCH can read, and load mod_sndfile.',
      zh: '请使 LEDGERLINE_PROMPTS 指向 FreeSWITCH 可读取的目录，并加载 mod_sndfile。',
    },
  },
  'doctor.trial_keys': {
    status: 500,
    passing: true,
    en: 'In a trial call on FreeSWITCH at {server} the keys {pressed} were pressed and {heard} was heard: sound is lost.',
    zh: '{server} 的 FreeSWITCH 试呼中按键 {pressed}，收到 {heard}：媒体流有丢失。',
    cure: {
      en: 'Let its RTP ports (UDP) through the firewall, and let its RTP address be one that it can be reached at.',
      zh: '请在防火墙放行其 RTP 端口（UDP），并将其 RTP 地址设为可达的地址。',
    },
  },
  'doctor.name_unknown': {
    status: 503,
    passing: true,
    en: 'The gateway {name} cannot be looked up: {reason}.',
    zh: '无法解析网关 {name}：{reason}。',
    cure: { en: 'Correct the name, or the DNS of this machine.', zh: '请更正域名，或检查本机的 DNS。' },
  },
} as const satisfies ProblemEntries
