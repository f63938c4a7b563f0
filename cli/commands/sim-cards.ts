import { cards } from '#simulators/card/cards.ts'

export function listCards(): void {
  for (const [name, { about }] of Object.entries(cards)) process.stdout.write(`${name.padEnd(10)} ${about}\n`)
}
