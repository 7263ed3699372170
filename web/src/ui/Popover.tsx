import type { ReactNode } from "react";
import { Popover as AriaPopover, Dialog, DialogTrigger } from "react-aria-components";
import styles from "./Popover.module.css";

/** A button that opens a small panel beside it. */
export function PopoverButton({
  trigger,
  label,
  children,
  wide = false,
}: {
  trigger: ReactNode;
  label: string;
  children: ReactNode | ((close: () => void) => ReactNode);
  wide?: boolean;
}) {
  return (
    <DialogTrigger>
      {trigger}
      <AriaPopover className={`${styles.popover} ${wide ? styles.wide : ""}`} placement="bottom start" offset={4}>
        <Dialog aria-label={label} className={styles.dialog ?? ""}>
          {({ close }) => (typeof children === "function" ? children(close) : children)}
        </Dialog>
      </AriaPopover>
    </DialogTrigger>
  );
}
