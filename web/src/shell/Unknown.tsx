import { type ErrorComponentProps, Link, useLocation } from "@tanstack/react-router";
import { Button } from "../ui/Button";
import { Message } from "../ui/Panel";

/** An address that is no page. */
export function UnknownPage() {
  const { pathname } = useLocation();
  return (
    <Message isPage title="There is no such page" role="alert">
      <p>
        Nothing is at <code>{safeDecode(pathname.replace(/^\/unknown/, "")).slice(0, 120)}</code>. Entities are at{" "}
        <code>/service/NAME</code>, <code>/repository/NAME</code>, <code>/team/NAME</code> and so on.
      </p>
      <p>
        <Link to="/services">Go to the catalog</Link>, or press <kbd>/</kbd> and search.
      </p>
    </Message>
  );
}

/** A page that has a defect: says so, and offers a way out. */
export function BrokenPage({ error }: ErrorComponentProps) {
  return (
    <Message isPage title="This page is broken" role="alert">
      <p>It failed with: {error instanceof Error ? error.message : String(error)}</p>
      <p>What is stored is not touched by this. Loading the page again helps if the server was updated meanwhile.</p>
      <p>
        <Button look="primary" onPress={() => window.location.reload()}>
          Reload the page
        </Button>
      </p>
    </Message>
  );
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
