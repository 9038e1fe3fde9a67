"""The report of a batch: one HTML file for someone who has nothing installed. `page.html` and
`page.js` are the page, `page_data` its numbers."""
