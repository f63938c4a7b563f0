import type { Command, Option } from 'commander'

type Argument<Value> = (text: string) => Value

/** The commands that speak to a lane as a till's own software does; `sim sale` stands by itself. */
export function addTillCommands(
  sim: Command,
  given: {
    config: readonly [flags: string, description: string]
    tillPlace: readonly [flags: string, description: string, parse: Argument<{ host: string; port: number }>]
    tillVia(): Option
    shownIn(): Option
    rials: Argument<number>
  },
): void {
  const { config, tillVia, tillPlace, shownIn, rials } = given
  sim
    .command('book')
    .description('book a sale that was paid without asking, as a till that only prints does')
    .requiredOption('--amount <rials>', 'the total, in rials', rials)
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .option('--phone <number>', 'who was buying, by a mobile number')
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (options) => (await import('./commands/sim-till.ts')).record(options))
  sim
    .command('return')
    .description('bring back a part of a sale, or all of it')
    .argument('<reference>', 'the code on its receipt, or the till’s receipt number')
    .requiredOption('--amount <rials>', 'of its price before discounts', rials)
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (reference: string, options) => (await import('./commands/sim-till.ts')).takeBack(reference, options))
  sim
    .command('claim')
    .description('give a sale that nobody’s card was shown for to a member')
    .argument('<reference>', 'the code on its receipt')
    .requiredOption('--phone <number>', 'whose sale it was, by a mobile number')
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (reference: string, options) => (await import('./commands/sim-till.ts')).claim(reference, options))
  sim
    .command('look-up')
    .description('ask for a past sale')
    .argument('<reference>', 'the code on its receipt, or the till’s receipt number')
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (reference: string, options) => (await import('./commands/sim-till.ts')).lookUp(reference, options))
  sim
    .command('close-day')
    .description('close the day of a lane with the box’s own totals, and compare them with the club’s')
    .option('--date <date>', 'the business day, YYYY-MM-DD; today where it is left out')
    .option(...config)
    .addOption(tillVia())
    .option(...tillPlace)
    .addOption(shownIn())
    .option('--json', 'print every message as one JSON line')
    .action(async (options) => (await import('./commands/sim-till.ts')).closeDay(options))
}
