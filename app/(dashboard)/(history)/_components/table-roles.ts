/** Where a stylesheet changes `display`, browsers forget what a table is: the roles say it again. */
export const asTable = { role: 'table' };
export const asGroup = { role: 'rowgroup' };
export const asRow = { role: 'row' };
export const asHead = { role: 'columnheader' };
export const asCell = { role: 'cell' };
