"""What the documents say. `coding` turns claims into values by the rules of CODEBOOK.md,
`coded_inputs` hands them to the model, `audit` checks them against the documents."""
