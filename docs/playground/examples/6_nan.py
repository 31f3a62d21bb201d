# Where does the nan come from? | nan 从哪里来？
from tinygrad_edu import Value, log
from tinygrad_edu.teach import diagnose

p = Value(0.0, label="p")
y = Value(0.0, label="y")
loss = -(y * log(p) + (1 - y) * log(1 - p))
print("loss =", loss.data)
print(diagnose(loss))
