import qrcode from 'qrcode-generator'

const MARGIN = 4

/**
 * A QR picture of some ASCII text: the length of its sides, in modules with the margin it needs, and the path of what
 * is black.
 */
export function qrCode(text: string): { side: number; path: string } {
  const qr = qrcode(0, 'M')
  qr.addData(text)
  qr.make()
  const count = qr.getModuleCount()
  const rows = Array.from({ length: count }, (_row, row) =>
    Array.from({ length: count }, (_, column) => (qr.isDark(row, column) ? '1' : '0')).join(''),
  )
  const runs = rows.flatMap((row, y) =>
    [...row.matchAll(/1+/g)].map(
      ({ index, 0: run }) =>
        `M${String(index + MARGIN)} ${String(y + MARGIN)}h${String(run.length)}v1h-${String(run.length)}z`,
    ),
  )
  return { side: count + 2 * MARGIN, path: runs.join('') }
}
