import { cellsOf, HEADINGS } from './table.ts'
import type { Run } from './saved.ts'

/** A run as a page: where and when, the table, what failed, and what moved since another run. */
export function markdownOf(run: Run, comparedWith: { name: string; lines: string[] } | null): string {
  const { at, mode, machine, rows, failures } = run
  return [
    `# Bench of ${at}`,
    `${mode}; ${machine}. Medians, with the lowest and the highest round in brackets. Memory is the peak above the idle process; processor time and memory count the processes that were started too, processor time on PostgreSQL also its server.`,
    [line(HEADINGS), line(HEADINGS.map(() => '---')), ...rows.map(row => line(cellsOf(row)))].join('\n'),
    ...list('Failed', failures),
    ...(comparedWith ? list(`Against ${comparedWith.name}`, comparedWith.lines) : []),
  ]
    .join('\n\n')
    .concat('\n')
}

function list(heading: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [`## ${heading}`, lines.map(one => `- ${one}`).join('\n')]
}

function line(cells: string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
