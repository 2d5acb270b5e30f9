/** What can be wrong with the telephone network of a configuration, and what is only worth knowing. */
import type { ProblemEntries } from '../kernel/problem.ts'

export const networkProblems = {
  'network.range_invalid': {
    status: 422,
    en: '{range} is not a range of extension numbers.',
    zh: '{range} 不是有效的分机号范围。',
    cure: {
      en: 'Give the first and the last, equally long and in this order, such as 101-110; a range has at most {most} numbers.',
      zh: '请填写首尾分机号，位数相同且由小到大，例如 101-110；一个范围最多 {most} 个号码。',
    },
  },
  'network.range_skips': {
    status: 422,
    en: 'The range {range} contains {extension}, an emergency number: it is left out.',
    zh: '范围 {range} 含有紧急号码 {extension}，已略过。',
    cure: {
      en: 'Nothing to do; 110, 119, 120, 122 and the like always reach the emergency service.',
      zh: '无需处理：110、119、120、122 等始终接通紧急服务。',
    },
  },
  'network.extension_invalid': {
    status: 422,
    en: '{extension} cannot be the number of an extension.',
    zh: '{extension} 不能用作分机号。',
    cure: {
      en: 'Use 2 to 10 digits; 3 or 4 are usual.',
      zh: '请使用 2 至 10 位数字，建议 3 至 4 位。',
    },
  },
  'network.extension_reserved': {
    status: 422,
    en: 'Extension {extension} is an emergency number.',
    zh: '分机 {extension} 是紧急号码。',
    cure: {
      en: 'Choose another number: 110, 119, 120, 122 and the like always reach the emergency service.',
      zh: '请更换号码：110、119、120、122 等始终接通紧急服务。',
    },
  },
  'network.extension_is_code': {
    status: 422,
    en: 'Extension {extension} cannot be called: it is the feature code for {action}.',
    zh: '分机 {extension} 无法被呼叫：它是功能键 {action}。',
    cure: {
      en: 'Give the extension another number, or the function other keys.',
      zh: '请更换分机号，或为该功能设置其他按键。',
    },
  },
  'network.unknown': {
    status: 422,
    en: '{who} names the {what} {code}, which is not in this configuration.',
    zh: '{who} 引用的{what} {code} 不在本配置中。',
    cure: {
      en: 'Add it, or name an existing one.',
      zh: '请添加，或引用已有的一项。',
    },
  },
  'network.other_kind': {
    status: 422,
    en: '{who} needs a {what} and names {code}, which is a {found}.',
    zh: '{who} 需要{what}，但引用的 {code} 是{found}。',
    cure: {
      en: 'Name one of the right kind.',
      zh: '请引用类型正确的一项。',
    },
  },
  'network.target_empty': {
    status: 422,
    en: '{who} sends calls to a {kind} and does not say which.',
    zh: '{who} 将来电转到 {kind}，但未说明目标。',
    cure: {
      en: 'Name it.',
      zh: '请填写目标。',
    },
  },
  'network.target_missing': {
    status: 422,
    en: 'Extension {extension} is of type {type} and does not say what is behind it.',
    zh: '分机 {extension} 的类型为 {type}，但未指定对应目标。',
    cure: {
      en: 'Set target to the code of a voice menu, queue or robot.',
      zh: '请将 target 设为 IVR、技能组或机器人的编号。',
    },
  },
  'network.line_with_target': {
    status: 422,
    en: 'Extension {extension} is a phone (line); its target {target} has no effect.',
    zh: '分机 {extension} 是直线话机，目标 {target} 不起作用。',
    cure: {
      en: 'Remove the target, or choose another type.',
      zh: '请去掉目标，或更改类型。',
    },
  },
  'network.number_elsewhere': {
    status: 422,
    en: 'Extension {extension} calls by gateway {gateway} and shows {number}, which only {only} may show.',
    zh: '分机 {extension} 经网关 {gateway} 外呼并显示 {number}，而该号码只能经 {only} 显示。',
    cure: {
      en: 'Choose another number or gateway; the number is not shown otherwise.',
      zh: '请更换号码或网关，否则该号码不会显示。',
    },
  },
  'network.phone_unknown': {
    status: 422,
    en: 'Agent {agent} has the extension {extension}, which is not among the extensions.',
    zh: '坐席 {agent} 的分机 {extension} 不在分机配置中。',
    cure: {
      en: 'Add the extension: no phone can register under this number.',
      zh: '请添加该分机：否则没有话机能以此号码注册。',
    },
  },
  'network.phone_no_line': {
    status: 422,
    en: 'Agent {agent} has the extension {extension}, which is of type {type}.',
    zh: '坐席 {agent} 的分机 {extension} 类型为 {type}。',
    cure: {
      en: 'Give the agent an extension of type line.',
      zh: '请为该坐席分配直线类型的分机。',
    },
  },
  'network.address_invalid': {
    status: 422,
    en: 'Gateway {gateway} has the address {address}, which is no host name, address or network.',
    zh: '网关 {gateway} 的地址 {address} 不是有效的主机名、地址或网段。',
    cure: {
      en: 'Write a name (sip.example.net), an address (192.168.4.130) or, in the list of allowed ones, a network (10.1.0.0/16).',
      zh: '请填写域名（sip.example.net）、地址（192.168.4.130），允许列表中也可填写网段（10.1.0.0/16）。',
    },
  },
  'network.allows_everybody': {
    status: 422,
    en: 'Gateway {gateway} would take calls from {network}: that is almost everybody.',
    zh: '网关 {gateway} 会接受来自 {network} 的来电，范围过大。',
    cure: {
      en: 'Name the networks of the other side alone: strangers call abroad at your cost.',
      zh: '请只填写对端的网段，否则陌生人可能盗打国际长途。',
    },
  },
  'network.gateway_incomplete': {
    status: 422,
    en: 'Gateway {gateway} ({mode}) has to register and lacks {setting}.',
    zh: '网关 {gateway}（{mode}）需要注册，但缺少 {setting}。',
    cure: {
      en: 'Set it, or choose the mode nni.',
      zh: '请填写，或改用 NNI 模式。',
    },
  },
  'network.gateway_lacks': {
    status: 422,
    en: 'Gateway {gateway} ({mode}) has no {setting}.',
    zh: '网关 {gateway}（{mode}）没有设置 {setting}。',
    cure: {
      en: 'Most providers of this kind ask for it.',
      zh: '此类运营商通常要求填写。',
    },
  },
  'network.day_impossible': {
    status: 422,
    en: 'Calendar {calendar} has the day {day}, which does not exist.',
    zh: '日历 {calendar} 中的日期 {day} 不存在。',
    cure: {
      en: 'Correct it; days are written YYYY-MM-DD.',
      zh: '请更正，日期格式为 YYYY-MM-DD。',
    },
  },
  'network.keys_invalid': {
    status: 422,
    en: 'The keys {keys} cannot ask for {action}.',
    zh: '按键 {keys} 不能用于功能 {action}。',
    cure: {
      en: 'Use digits, * and #. Marks have one D for the customer type, transfers one A for the agent number, others neither.',
      zh: '请使用数字、* 和 #。标记类功能含一个 D（客户类型），转接类含一个 A（工号），其他均不含。',
    },
  },
  'network.keys_same': {
    status: 422,
    en: '{one} and {other} have the same keys {keys}.',
    zh: '{one} 与 {other} 的按键相同：{keys}。',
    cure: {
      en: 'Give one of them other keys.',
      zh: '请为其中一个设置其他按键。',
    },
  },
  'network.menu_unknown': {
    status: 422,
    en: 'Voice menu {ivr}, menu {menu}, leads to the menu {to}, which is not in it.',
    zh: 'IVR {ivr} 的菜单 {menu} 指向不存在的菜单 {to}。',
    cure: {
      en: 'Add the menu, or name an existing one.',
      zh: '请添加该菜单，或引用已有菜单。',
    },
  },
  'network.menu_circle': {
    status: 422,
    en: 'A caller to voice menu {ivr} who presses nothing would never leave it: {way}.',
    zh: 'IVR {ivr} 中不按键的来电无法离开：{way}。',
    cure: {
      en: 'Let one of these menus send those it gives up out of the menus (exhausted).',
      zh: '请让其中一个菜单在次数用尽后（exhausted）转出 IVR。',
    },
  },
  'network.root_keeps': {
    status: 422,
    en: 'Voice menu {ivr} sends callers who have been in it too long to its root {menu}, and that sends them on inside ({action}).',
    zh: 'IVR {ivr} 超时的来电转到根菜单 {menu}，而它又转回 IVR 内部（{action}）。',
    cure: {
      en: 'Let exhausted of the root lead out: hang_up, a queue, an extension.',
      zh: '请将根菜单的 exhausted 设为转出：挂断、技能组或分机。',
    },
  },
  'network.menu_unreachable': {
    status: 422,
    en: 'Voice menu {ivr}: nothing leads to the menu {menu}.',
    zh: 'IVR {ivr}：没有任何入口通向菜单 {menu}。',
    cure: {
      en: 'Let a key lead there, or remove it.',
      zh: '请为其设置按键入口，或删除该菜单。',
    },
  },
  'network.route_incomplete': {
    status: 422,
    en: 'Route {route} is of type {type} and does not say where calls go.',
    zh: '路由规则 {route} 的类型为 {type}，但未说明来电去向。',
    cure: {
      en: 'Set its target or queueCode, or let it name an extension of that type.',
      zh: '请设置 target 或 queueCode，或填写该类型的分机号。',
    },
  },
  'network.route_kind': {
    status: 422,
    en: 'Route {route} is of type {type} and leads to a {kind}.',
    zh: '路由规则 {route} 的类型为 {type}，但目标是 {kind}。',
    cure: {
      en: 'Choose a target of that type; an inbound rule may lead anywhere.',
      zh: '请选择相应类型的目标；呼入规则可转到任意目标。',
    },
  },
  'network.route_never': {
    status: 422,
    en: 'Route {route} for {to} never matches: {by} comes first and takes all of its calls.',
    zh: '路由规则 {route}（{to}）永远不会匹配：{by} 排在前面并接走其全部来电。',
    cure: {
      en: 'Give it a smaller order, or remove it.',
      zh: '请调小其序号，或删除该规则。',
    },
  },
  'network.route_emergency': {
    status: 422,
    en: 'Route {route} is for {to}: emergency numbers are routed before all rules.',
    zh: '路由规则 {route} 针对 {to}：紧急号码先于所有规则处理。',
    cure: {
      en: 'Remove it; it has no effect.',
      zh: '请删除，该规则不起作用。',
    },
  },
  'network.pattern_broken': {
    status: 422,
    en: 'Route {route}: the pattern {pattern} cannot be read.',
    zh: '路由规则 {route}：号码规则 {pattern} 无法识别。',
    cure: {
      en: 'Allowed are ^ in front, $ at the end, digits, \\d, [3-9], groups with |, and ? * + {n,m}; no looking ahead, no \\1.',
      zh: '允许：开头 ^、结尾 $、数字、\\d、[3-9]、含 | 的分组，以及 ? * + {n,m}；不支持断言和反向引用。',
    },
  },
  'network.pattern_loose': {
    status: 422,
    en: 'Route {route}: an alternative of the pattern {pattern} would fit in the middle of a number.',
    zh: '路由规则 {route}：号码规则 {pattern} 的某个分支会匹配号码中间部分。',
    cure: {
      en: 'Put alternatives in a group, as in ^(10|20)$, or begin each with ^.',
      zh: '请将分支放入分组，例如 ^(10|20)$，或让每个分支以 ^ 开头。',
    },
  },
  'network.keys_begin': {
    status: 422,
    en: 'The keys {keys} for {action} are the beginning of another code: in a call they count only after {ms} ms.',
    zh: '功能 {action} 的按键 {keys} 是另一功能键的开头：通话中需等待 {ms} 毫秒才生效。',
    cure: { en: 'End them with #, if that is too long.', zh: '若等待过长，请以 # 结尾。' },
  },
  'network.pattern_unsafe': {
    status: 422,
    en: 'Route {route}: the pattern {pattern} can be tried in so many ways that calls would stand still.',
    zh: '路由规则 {route}：号码规则 {pattern} 的匹配方式过多，会导致呼叫停滞。',
    cure: {
      en: 'Use fewer * and + beside each other, and [12] instead of (1|2).',
      zh: '请减少相邻的 * 和 +，并用 [12] 代替 (1|2)。',
    },
  },
  'network.pattern_matches_nothing': {
    status: 422,
    en: 'Route {route}: no number fits the pattern {pattern}.',
    zh: '路由规则 {route}：没有号码符合规则 {pattern}。',
    cure: {
      en: 'Correct it: called numbers have digits, *, # and +, at most 64 characters.',
      zh: '请更正：被叫号码由数字、*、#、+ 组成，最多 64 个字符。',
    },
  },
  'network.holidays_missing': {
    status: 422,
    en: 'Calendar {calendar} has no holidays for {year}.',
    zh: '日历 {calendar} 没有 {year} 年的节假日。',
    cure: {
      en: 'Enter them: until then every day of that year counts as a usual one.',
      zh: '请录入，否则该年每一天都按平日处理。',
    },
  },
  'network.too_large': {
    status: 422,
    en: 'The {what} {code} has {bytes} bytes: at most {most} can be stored.',
    zh: '{what} {code} 有 {bytes} 字节，最多可保存 {most} 字节。',
    cure: { en: 'Divide it into several.', zh: '请拆分为多个。' },
  },
  'network.prompt_unknown': {
    status: 422,
    en: 'Queue {queue} plays {media}, which is not among the media.',
    zh: '技能组 {queue} 播放的 {media} 不在媒体资源中。',
    cure: {
      en: 'Add it, if the media server does not bring it.',
      zh: '若媒体服务器未自带，请添加。',
    },
  },
} as const satisfies ProblemEntries
