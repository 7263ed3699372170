import { useLocation } from "@tanstack/react-router";
import { ListView } from "./ListView";
import { listAt } from "./lists";

/** The catalog: a list of all entities of one kind. Each list is a page of its own, so that nothing of another stays. */
export default function CatalogPage() {
  const { pathname } = useLocation();
  const list = listAt(pathname);
  return <ListView key={list.name} list={list} />;
}
