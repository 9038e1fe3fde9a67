"""How would forecasts have done? Rolling origins against series, beside a statistician's rivals."""
