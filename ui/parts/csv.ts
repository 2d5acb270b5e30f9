/** Lines as CSV for spreadsheets, as the server writes it: RFC 4180, UTF-8 with a byte order mark, no text that would run as a formula. */
export function csvText(lines: readonly (readonly string[])[]): string {
  return '\ufeff' + lines.map((line) => line.map((text) => quoted(plain(text))).join(',') + '\r\n').join('')
}

/** Text that a spreadsheet would run as a formula gets a leading apostrophe; a negative number is not a formula. */
function plain(text: string): string {
  return /^[=+\-@\t\r]/.test(text) && !/^-?[\d.,:%]+$/.test(text) ? `'${text}` : text
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
