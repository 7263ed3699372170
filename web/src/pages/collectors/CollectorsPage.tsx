export default function CollectorsPage() {
  return <h1>CollectorsPage</h1>;
}
