import { type Command, Option } from 'commander'

/** What head office does with people, cards and products, beside or in place of the running club. */
export function addPeopleCommands(club: Command): void {
  const people = () => import('./commands/club-people.ts')
  const cardCommands = () => import('./commands/club-cards.ts')
  const list = ['<file>', 'CSV in UTF-8 with a heading in Persian or English (docs/members.md)'] as const

  club
    .command('merge')
    .description('join two members who are one person')
    .argument('<keep>', 'the number of the one who stays')
    .argument('<drop>', 'the number of the one who goes into it')
    .action(async (keep, drop, _, command) => (await people()).merge(keep, drop, command.optsWithGlobals()))
  club
    .command('candidates')
    .description('pairs of members who may be one person')
    .action(async (_, command) => (await people()).candidates(command.optsWithGlobals()))

  const household = club.command('household').description('members who keep house together')
  household
    .command('join')
    .description('a member joins the household of another')
    .argument('<head>', 'the number of its head')
    .argument('<member>', 'the number of who joins')
    .action(async (head, member, _, command) => (await people()).joinHousehold(head, member, command.optsWithGlobals()))
  household
    .command('leave')
    .description('a member leaves; without its head there is none')
    .argument('<member>', 'a number')
    .action(async (member, _, command) => (await people()).leaveHousehold(member, command.optsWithGlobals()))
  household
    .command('show')
    .description('who belongs to it and what they have together')
    .argument('<member>', 'the number of any of them')
    .action(async (member, _, command) => (await people()).showHousehold(member, command.optsWithGlobals()))

  const cards = club.command('cards').description("the club's own cards")
  cards
    .command('import')
    .description('take a batch into stock; only tokens of the numbers are kept')
    .argument(...list)
    .option('--batch <name>', "the batch's name; the file's where it is left out")
    .option('--store <name>', 'the store that they go to')
    .option('--keys <file>', 'keys of a batch of NTAG 424 DNA (JSON; docs/members.md): its cards prove themselves')
    .action(async (file, _, command) => (await cardCommands()).importCards(file, command.optsWithGlobals()))
  cards
    .command('digital')
    .description('give a member a card on the phone; prints what its app needs, once')
    .argument('<number>', 'the member’s number')
    .action(async (number, _, command) => (await cardCommands()).issueDigitalCard(number, command.optsWithGlobals()))
  club
    .command('alerts')
    .description('what rules told head office, and cards that may have been copied; the newest first')
    .action(async (_, command) => (await cardCommands()).showAlerts(command.optsWithGlobals()))

  club
    .command('codes')
    .description('one-time codes on their way to mobiles, for whoever sends them; each is good for three minutes')
    .option('--follow', 'go on, and print each once')
    .option('--json', 'print each as one JSON line')
    .action(async (_, command) => (await import('./commands/club-codes.ts')).showCodes(command.optsWithGlobals()))

  club
    .command('exposure')
    .description('what stores can give, or have given, without the club, of which it does not know yet: its worst case')
    .addOption(new Option('--format <format>', 'for people, or for programs').choices(['table', 'json']).default('table'))
    .addOption(new Option('--language <language>').choices(['fa', 'en']).default('en'))
    .action(async (_, command) => (await import('./commands/club-exposure.ts')).showExposure(command.optsWithGlobals()))
  club
    .command('write-off-box')
    .description('a box that is gone for good tells of nothing more: what it was lent is given back to members and house')
    .argument('<store>', 'its store')
    .argument('<boxid>', 'the installation, as `vafa club exposure --format json` shows it')
    .requiredOption('--why <text>', 'kept in the journal')
    .action(async (store, boxid, _, command) =>
      (await import('./commands/club-exposure.ts')).writeOffBox({ store, boxid, ...command.optsWithGlobals() }),
    )

  club
    .command('catalogue')
    .description("the chain's products")
    .command('import')
    .description('the whole list, in place of the one before')
    .argument(...list)
    .action(async (file, _, command) => (await people()).importCatalogue(file, command.optsWithGlobals()))
  club
    .command('import')
    .description('take over what another club had')
    .command('members')
    .description('members with balances and history; a line that is here already changes nothing')
    .argument(...list)
    .requiredOption('--source <name>', 'the name of the other club: its rows’ ids are its own')
    .option('--points <name>', 'which points the balances are in', 'club')
    .action(async (file, _, command) => (await people()).importMembers(file, command.optsWithGlobals()))

  const given = club.command('export').description('what the club has, for people and spreadsheets')
  given
    .command('member')
    .description('all of one person as JSON: profile, consents, cards, sales, transfers, messages')
    .argument('<number>', 'the member’s number')
    .action(async (number, _, command) => (await people()).exportMember(number, command.optsWithGlobals()))
  for (const what of ['members', 'catalogue', 'cards'] as const)
    given
      .command(what)
      .description('as CSV')
      .option('--out <file>', 'where to; standard output where it is left out')
      .action(async (_, command) => (await people()).exportList(what, command.optsWithGlobals()))
}
