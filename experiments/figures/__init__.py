"""One figure a module, drawn from `experiments/results`; `registry` lists them, `style` and
`themes` hold colours and fonts, `captions` what is printed below."""
