import type { Localised } from '#protocol/text.ts'

/** What a page may have a box do: docs/remote-hands.md. `data`: what it can be given. */
export const storeCommands: { name: string; title: Localised; data: string[] }[] = [
  { name: 'ping', title: { fa: 'ساعت جعبه', en: 'the box’s time' }, data: [] },
  { name: 'status', title: { fa: 'وضعیت', en: 'status' }, data: [] },
  { name: 'devices', title: { fa: 'دستگاه‌ها', en: 'devices' }, data: [] },
  { name: 'doctor', title: { fa: 'عیب‌یابی', en: 'doctor' }, data: [] },
  { name: 'restart-device', title: { fa: 'راه‌اندازی دوبارهٔ دستگاه', en: 'restart a device' }, data: ['device'] },
  { name: 'test-print', title: { fa: 'چاپ آزمایشی', en: 'test print' }, data: ['lane'] },
  { name: 'logs', title: { fa: 'گزارش جعبه', en: 'the box’s log' }, data: ['lines'] },
  { name: 'capture', title: { fa: 'ضبط سیم دستگاه', en: 'record a device’s wire' }, data: ['device', 'seconds'] },
  { name: 'reload', title: { fa: 'خواندن دوبارهٔ پیکربندی', en: 'read its configuration again' }, data: [] },
  { name: 'update', title: { fa: 'تلاش دوباره برای به‌روزرسانی', en: 'try the update once more' }, data: [] },
  { name: 'log-level', title: { fa: 'ریزی گزارش', en: 'how much is logged' }, data: ['level', 'minutes'] },
]
