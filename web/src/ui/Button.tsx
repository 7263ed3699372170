import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import styles from "./Button.module.css";

interface ButtonProps extends Omit<AriaButtonProps, "className"> {
  /** `plain` has no edge until it is touched; `primary` is the one thing to do. */
  look?: "plain" | "edged" | "primary";
  className?: string;
}

/** A button. */
export function Button({ look = "edged", className = "", ...props }: ButtonProps) {
  return <AriaButton {...props} className={`${styles.button} ${styles[look] ?? ""} ${className}`} />;
}
