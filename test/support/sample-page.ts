/** A page that keeps every page rule around the given content, for tests of the tests. */
export function samplePage(title: string, main: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <link rel="stylesheet" href="/assets/app.css">
</head>
<body>
<a class="skip" href="#main">Skip to main content</a>
<header>
  <nav aria-label="Main"><ul><li><a href="/staff/contacts">Contacts</a></li></ul></nav>
  <form method="post" action="/staff/sign-out">
    <input type="hidden" name="_csrf" value="token">
    <button type="submit">Sign out</button>
  </form>
</header>
<main id="main" tabindex="-1">${main}</main>
</body>
</html>`
}
