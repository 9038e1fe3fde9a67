"""The scorecard: how the model forecasts documents left out, and which conclusions are robust.

`make_scorecard` computes it from `leave_one_out`, `variant_conclusions` and `recovery`;
`record` is the JSON that is committed; `wording` and `render` put it into text, with
`loss_reasons`; `write_files` writes the folder.
"""
