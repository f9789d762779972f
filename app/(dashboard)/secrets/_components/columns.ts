export interface Column {
  readonly label: string;
  /** The label is for screen readers alone. */
  readonly isHidden?: true;
  readonly widthClass: string;
  /** Where room runs short the column gives way. Its width goes to 0, so that second lines still span the whole row. */
  readonly hideClass: string;
}

const never = '';
const underXl = 'max-xl:invisible max-xl:p-0 max-xl:overflow-hidden';
const underLg = 'max-lg:invisible max-lg:p-0 max-lg:overflow-hidden';
const under980 = 'max-[980px]:invisible max-[980px]:p-0 max-[980px]:overflow-hidden';

export const columns: readonly Column[] = [
  { label: 'Name', widthClass: 'w-[220px] min-[1280px]:w-[24%]', hideClass: never },
  { label: 'Keys', widthClass: 'max-[980px]:w-0', hideClass: under980 },
  { label: 'Facts', widthClass: 'w-[188px] max-xl:w-0', hideClass: underXl },
  { label: 'Version', widthClass: 'w-[68px] max-lg:w-0', hideClass: underLg },
  { label: 'Created by', widthClass: 'w-[120px] max-xl:w-0', hideClass: underXl },
  { label: 'Last used', widthClass: 'w-[92px]', hideClass: never },
  { label: 'State', widthClass: 'w-[172px]', hideClass: never },
  { label: 'Actions', isHidden: true, widthClass: 'w-[64px]', hideClass: never },
];

/** How the cell of the column with this label gives way. */
export function hideClassOf(label: string): string {
  return columns.find((column) => column.label === label)?.hideClass ?? never;
}
